#!/usr/bin/env python3
"""Seconds to the same accuracy: nnc dense, nnc with each policy, and PyTorch in fp32 and bf16, on this machine.

    python3 Tests/Peers/to_accuracy.py

prints a table for each network of compare.py but the one with Adam. The accuracy to reach is what PyTorch fp32 has on the 10,000 test images after two thirds of
the epochs, as the mean over the seeds; the rest of the epochs is there for those that learn more slowly. For each side the table has the seconds of training up to the
first epoch that reaches it (shuffling, batches, forward, loss, backward, update; neither reading nor evaluating), medians over the seeds with fastest and slowest. Network, optimizer, learning rate and
batch size are the same for all, and no setting of a policy is chosen by these figures: they are those of policies.py, with a recall every three epochs, since there are fewer of them. All policies train with the first seed; the two that are first where PyTorch's
own run of that seed is after two thirds train with the others too. PyTorch has the fastest of its optimizer loops and memory formats, and trains untimed before its first step; nnc's first step counts. Sides take turns, each in a process of its own.
Wide networks train on a prefix of the images. Run it on an otherwise idle machine.
"""

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import peer_environment
from compare import HERE, ROOT, Failed, processor, run
from peer_environment import say


@dataclass
class Row:
    model: str
    title: str
    epochs: int
    # The first so many images.
    examples: int
    # The layers whose units a policy may leave alone or take.
    hidden: tuple = ("dense",)


ROWS = [
    Row("mlp-512", "784-512-10, batch 128, SGD", 12, 60_000),
    Row("mlp-1000x3-sgd", "784-1000-1000-1000-10, batch 128, SGD", 9, 40_000),
    Row("mlp-2000x3-b32", "784-2000-2000-2000-10, batch 32, SGD", 6, 20_000),
    Row("mlp-2000x3-b128", "784-2000-2000-2000-10, batch 128, SGD", 9, 20_000),
    Row("lenet", "LeNet-like, batch 64, SGD", 6, 20_000, ("dense", "conv2d")),
]

# Slot and fields of each policy, and whether convolutions have it too.
POLICIES = [
    ("shrink_recall, keep 30 %, a recall of one epoch in three", "neurons: { type: shrink_recall, keep: 30%, warm_up: 1 epoch, every: 3 epochs }", True),
    ("apoptosis, budget 0.04", "neurons: { type: apoptosis, budget: 0.04, every: 1 epoch, until: 60% }", True),
    ("hash_gather, a sketch, 5 % per example", "forward: { type: hash_gather, function: sketch, active: 5%, per: example }", False),
    ("hash_gather, a sketch, 25 % per batch", "forward: { type: hash_gather, function: sketch, active: 25%, per: batch }", False),
    ("topk, 16 % per batch", "backward: { type: topk, k: 16%, per: batch }", False),
    ("sampled, 5 %", "backward: { type: sampled, k: 5% }", False),
]


@dataclass
class Side:
    title: str
    # For each seed the seconds and the accuracy after each epoch.
    seconds: list = field(default_factory=list)
    accuracies: list = field(default_factory=list)

    def add(self, seconds, accuracies):
        self.seconds.append(seconds)
        self.accuracies.append(accuracies)

    def reached(self, accuracy):
        """Seconds of each seed that gets there, infinity for one that does not."""
        times = []
        for seconds, accuracies in zip(self.seconds, self.accuracies):
            epochs = next((epoch for epoch, value in enumerate(accuracies, 1) if value >= accuracy), None)
            times.append(sum(seconds[:epochs]) if epochs else float("inf"))
        return times


def train_nnc(nnc, row, policy, seed, threads):
    """Seconds and test accuracies of the epochs of one run; `policy` is a slot with its fields, and whether convolutions have it."""
    with tempfile.TemporaryDirectory(prefix="nnc-to-accuracy-") as folder:
        settings = [f"seed={seed}", f"train.epochs={row.epochs}", f"data.limit={row.examples}",
                    # What is watched is measured after each epoch.
                    "train.checkpoint.best=test.accuracy"]
        if policy:
            fields, on_convolutions = policy
            settings += [f"policies={{ faster: {{ {fields} }} }}", "model.layers.out.policy=none"]
            settings += [f"defaults.{kind}.policy=faster" for kind in row.hidden if kind == "dense" or on_convolutions]
        command = [nnc, "train", HERE / "models" / f"{row.model}.yaml", "--threads", threads, "--output", f"{folder}/run", "--progress", "none"]
        for setting in settings:
            command += ["--set", setting]
        try:
            run(command, threads)
        except Failed as problem:
            if "NNC0590" in str(problem):
                # Diverged, at a rate that is the same for all.
                return [], []
            raise
        lines = [json.loads(line) for line in Path(folder, "run", "metrics.jsonl").read_text().splitlines()]
    epochs = [line for line in lines if "seconds" in line and "test" in line]
    if len(epochs) != row.epochs:
        raise Failed(f"metrics.jsonl has {len(epochs)} epochs with a test accuracy of {row.epochs}")
    return [line["seconds"] for line in epochs], [line["test"]["accuracy"] for line in epochs]


def train_torch(python, row, precision, seed, threads, data):
    answer = json.loads(run([
        python, HERE / "torch_peer.py", HERE / "models" / f"{row.model}.yaml", "--threads", threads, "--epochs", row.epochs,
        "--examples", row.examples, "--seed", seed, "--data", data, "--precision", precision, "--each-epoch",
    ], threads))
    return answer["seconds"], answer["accuracies"]


def measure(row, arguments, nnc, python):
    peers = [Side("PyTorch, fp32"), Side("PyTorch, bf16")]
    ours = [Side("nnc, dense")] + [Side(f"nnc, {title}") for title, _, _ in POLICIES]
    contenders = list(zip(ours, [None] + [policy[1:] for policy in POLICIES]))
    for seed in range(1, arguments.seeds + 1):
        for side, precision in zip(peers, ["fp32", "bf16"]):
            side.add(*train_torch(python, row, precision, seed, arguments.threads, arguments.data))
            say_of(row, seed, side)
        for side, policy in contenders:
            side.add(*train_nnc(nnc, row, policy, seed, arguments.threads))
            say_of(row, seed, side)
        if seed == 1:
            accuracy = target(row, peers)
            contenders = contenders[:1] + sorted(contenders[1:], key=lambda contender: contender[0].reached(accuracy))[:2]
    return peers + ours


def say_of(row, seed, side):
    accuracies = " ".join(f"{100 * value:.2f}" for value in side.accuracies[-1]) or "diverged"
    say(f"{row.model}, seed {seed}, {side.title}: {sum(side.seconds[-1]):.1f} s, {accuracies}")


def target(row, sides):
    return statistics.mean(accuracies[max(1, 2 * row.epochs // 3) - 1] for accuracies in sides[0].accuracies)


def shown(seconds):
    return f"{seconds:.1f}" if seconds < float("inf") else "never"


def table(row, sides):
    accuracy = target(row, sides)
    half = statistics.median(sides[1].reached(accuracy))
    lines = [f"### {row.title}, {row.examples:,} images, {row.epochs} epochs: seconds to {100 * accuracy:.2f} %\n",
             "| | seconds to it | PyTorch bf16 / this | seconds an epoch | test % at the end |", "|---|---|---|---|---|"]
    for side in sides:
        times = side.reached(accuracy)
        middle = statistics.median(times)
        ratio = "" if float("inf") in (middle, half) else f"{half / middle:.2f}"
        ends = [100 * accuracies[-1] for accuracies in side.accuracies if accuracies]
        end = statistics.mean(ends) if ends else float("nan")
        spread = f" ± {statistics.stdev(ends):.2f}" if len(ends) > 1 else ""
        spread += ", or diverges" if len(ends) < len(times) else ""
        epoch = statistics.median(sum(seconds) / max(len(seconds), 1) for seconds in side.seconds)
        range_of = f" ({shown(min(times))}–{shown(max(times))})" if len(times) > 1 else ""
        lines.append(f"| {side.title} | {shown(middle)}{range_of} | {ratio} | {epoch:.2f} | {end:.2f}{spread} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", choices=[row.model for row in ROWS], default=[row.model for row in ROWS])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="instead of a row's own number")
    parser.add_argument("--examples", type=int, help="train on the first so many images, on every row")
    parser.add_argument("--venv", type=Path, default=peer_environment.default_folder())
    parser.add_argument("--nnc", type=Path, default=ROOT / ".build/release/nnc")
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    arguments = parser.parse_args()
    if min(arguments.threads, arguments.seeds) < 1:
        parser.error("--threads and --seeds: at least 1")
    if not arguments.nnc.exists():
        parser.error(f"there is no {arguments.nnc}: swift build -c release makes it")
    python = peer_environment.python(arguments.venv)
    print(f"{processor()}, {arguments.threads} threads, {arguments.seeds} seeds\n")
    for row in ROWS:
        row.epochs, row.examples = arguments.epochs or row.epochs, arguments.examples or row.examples
        if row.model in arguments.rows:
            print(table(row, measure(row, arguments, arguments.nnc, python)) + "\n", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as problem:
        sys.exit(f"to_accuracy.py: {problem}")
