#!/usr/bin/env python3
"""Seconds to the same accuracy: nnc with its policies beside PyTorch in fp32 and in bfloat16, on this machine.

    python3 Tests/Peers/to_accuracy.py

prints one table for each network of compare.py. Needs what compare.py needs, and a release build of nnc. The accuracy to reach is the
highest that PyTorch in bfloat16 (autocast, its fastest baseline) has after any of its epochs: the mean over the seeds, on all 10,000 test
images. For each network it is then looked up after which epoch the same mean is as high, and how many seconds of training that took: the
median over the seeds. Evaluating and reading data are not timed. A network with a policy is given more epochs, since each takes less time.

The contenders of a seed train one after the other in processes of their own, so that a machine that grows slower does so for all. Which
setting of a policy stands in the table was chosen on 5,000 of the training images, held out, with `--choose`.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import compare
import peer_environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


@dataclass
class Network:
    row: str
    # Of PyTorch and of the dense network.
    epochs: int
    # Title, policy, and epochs.
    policies: list
    # Layer types that have the policy.
    kinds: tuple = ("dense",)


def sketch(active, per):
    return f"forward: {{ type: hash_gather, function: sketch, active: {active}%, per: {per} }}"


def shrink(keep):
    return f"neurons: {{ type: shrink_recall, keep: {keep}%, warm_up: 0 epochs, every: 1000 epochs, final_recall: 0 epochs }}"


def top_k(k):
    return f"backward: {{ type: topk, k: {k}, per: batch }}"


NETWORKS = [
    Network("mlp-512", 10, []),
    Network("mlp-1000x3-sgd", 6, []),
    Network("mlp-2000x3-b32", 4, []),
    Network("mlp-2000x3-b128", 5, []),
    Network("lenet", 4, [], kinds=("dense", "conv2d")),
]


@dataclass
class Contender:
    title: str
    # One list for each seed.
    seconds: list = field(default_factory=list)
    accuracies: list = field(default_factory=list)

    def add(self, seconds, accuracies):
        self.seconds.append(seconds)
        self.accuracies.append([100 * accuracy for accuracy in accuracies])

    def means(self):
        return [statistics.mean(epoch) for epoch in zip(*self.accuracies)]

    def reaching(self, accuracy):
        """The first epoch with that mean accuracy, from 1, and the seconds up to it for each seed; None where there is none."""
        for epoch, mean in enumerate(self.means(), 1):
            if mean >= accuracy:
                return epoch, [sum(seconds[:epoch]) for seconds in self.seconds]
        return None


def images(folder, split):
    return f"{{ features: {folder}/{split}-images-idx3-ubyte.gz, labels: {folder}/{split}-labels-idx1-ubyte.gz }}"


def train(nnc, network, policy, epochs, seed, arguments):
    """Seconds and accuracy of each epoch."""
    # What is measured after each epoch is the validation split.
    held_out = "5000" if arguments.choose else images(arguments.data, "t10k")
    sets = [f"data={{ format: idx, train: {images(arguments.data, 'train')}, validation: {held_out} }}", f"train.epochs={epochs}", f"seed={seed}"]
    if policy:
        sets += [f"policies={{ own: {{ {policy} }} }}", *(f"defaults.{kind}.policy=own" for kind in network.kinds), "model.layers.out.policy=none"]
    with tempfile.TemporaryDirectory(prefix="nnc-to-accuracy-") as folder:
        command = [nnc, "train", HERE / "models" / f"{network.row}.yaml", "--threads", arguments.threads, "--output", folder + "/run", "--progress", "none"]
        for setting in sets:
            command += ["--set", setting]
        compare.run(command, arguments.threads)
        lines = [json.loads(line) for line in Path(folder, "run", "metrics.jsonl").read_text().splitlines()]
    return [line["seconds"] for line in lines], [line["validation"]["accuracy"] for line in lines]


def train_torch(python, network, epochs, seed, arguments, bf16):
    answer = json.loads(compare.run([
        python, HERE / "torch_peer.py", HERE / "models" / f"{network.row}.yaml", "--threads", arguments.threads, "--epochs", epochs,
        "--examples", compare.ALL_EXAMPLES, "--seed", seed, "--data", arguments.data, *(["--bf16"] if bf16 else []),
    ], arguments.threads))
    return answer["seconds"], answer["accuracies"]


def table(network, contenders):
    peer = next((c for c in contenders if c.title == "PyTorch, bf16"), None)
    title = next(row.title for row in compare.ROWS if row.model == network.row)
    if peer is None:
        lines = [f"### {title}\n", "| contender | s/epoch | % after each epoch |", "|---|---|---|"]
        for own in contenders:
            lines.append(f"| {own.title} | {statistics.median(sum(own.seconds, [])):.2f} | {', '.join(f'{mean:.2f}' for mean in own.means())} |")
        return "\n".join(lines)
    target = max(peer.means())
    _, own_seconds = peer.reaching(target)
    lines = [f"### {title}: seconds to {target:.2f} %\n", "| contender | s/epoch | epochs | seconds | PyTorch bf16 / this | best % |", "|---|---|---|---|---|---|"]
    for own in contenders:
        found = own.reaching(target)
        each = statistics.median(sum(own.seconds, []))
        if found:
            epoch, seconds = found
            spread = f"{statistics.median(seconds):.1f} ({min(seconds):.1f}–{max(seconds):.1f})"
            lines.append(f"| {own.title} | {each:.2f} | {epoch} | {spread} | {statistics.median(own_seconds) / statistics.median(seconds):.2f} | {max(own.means()):.2f} |")
        else:
            lines.append(f"| {own.title} | {each:.2f} | not in {len(own.means())} | – | – | {max(own.means()):.2f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    rows = [network.row for network in NETWORKS]
    parser.add_argument("--rows", nargs="+", choices=rows, default=rows)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--policy", action="append", help="another policy to try, as `TITLE=EPOCHS=POLICY`", default=[])
    parser.add_argument("--choose", action="store_true", help="nnc alone, measured on 5,000 training images that are held out")
    parser.add_argument("--venv", type=Path, default=peer_environment.default_folder())
    parser.add_argument("--nnc", default=ROOT / ".build/release/nnc", type=Path)
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    arguments = parser.parse_args()
    if not arguments.nnc.exists():
        parser.error(f"there is no {arguments.nnc}: swift build -c release makes it")
    python = None if arguments.choose else peer_environment.python(arguments.venv)
    print(f"{compare.processor()}, {arguments.threads} threads, {arguments.seeds} seeds; {platform.system()}\n", flush=True)
    for network in NETWORKS:
        if network.row not in arguments.rows:
            continue
        policies = [*network.policies, *((title, policy, int(epochs)) for title, epochs, policy in (own.split("=", 2) for own in arguments.policy))]
        trials = [("nnc, dense", lambda seed: train(arguments.nnc, network, None, network.epochs, seed, arguments))]
        trials += [
            (f"nnc, {title}", lambda seed, policy=policy, epochs=epochs: train(arguments.nnc, network, policy, epochs, seed, arguments))
            for title, policy, epochs in policies]
        if python:
            trials = [
                (f"PyTorch, {kind}", lambda seed, bf16=kind == "bf16": train_torch(python, network, network.epochs, seed, arguments, bf16))
                for kind in ("fp32", "bf16")] + trials
        contenders = [Contender(title) for title, _ in trials]
        for seed in range(1, arguments.seeds + 1):
            for (title, trial), contender in zip(trials, contenders):
                contender.add(*trial(seed))
                print(f"to_accuracy.py: {network.row}, seed {seed}, {title}: {sum(contender.seconds[-1]):.1f} s, "
                      f"{contender.accuracies[-1][-1]:.2f} %", file=sys.stderr, flush=True)
        print(table(network, contenders) + "\n", flush=True)


if __name__ == "__main__":
    try:
        main()
    except (compare.Failed, subprocess.CalledProcessError) as problem:
        sys.exit(f"to_accuracy.py: {problem}")
