#!/usr/bin/env python3
"""nnc beside PyTorch: seconds of the training loop per epoch of Fashion-MNIST, on this machine.

    python3 Tests/Peers/compare.py

prints the table. Needs Python 3.9 with venv, the Debian package dataset-fashion-mnist and, the first time, PyPI. Each run
is a process of its own, nnc and PyTorch by turns, because a machine's speed drifts. What is timed, on both sides: shuffling,
assembling the batches from images in memory, forward, loss, backward and update; not reading the data, not evaluating.
PyTorch gets its first steps untimed, the faster of its memory formats and the fastest of its optimizer loops; nnc's first
step counts. Each process trains `--epochs` epochs and its fastest counts; the table has the median over `--repeats` processes.
Large networks train on a prefix of the images and the seconds are scaled up to 60,000 (`--full` trains on all).
Run it on an otherwise idle machine.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

import peer_environment
from peer_environment import say

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ALL_EXAMPLES = 60_000


@dataclass
class Row:
    model: str
    title: str
    # So many images by default: about ten seconds an epoch on one core at most, whole batches.
    examples: int


ROWS = [
    Row("mlp-512", "784-512-10, batch 128, SGD", 60_000),
    Row("mlp-1000x3-sgd", "784-1000-1000-1000-10, batch 128, SGD", 25_600),
    Row("mlp-1000x3-adam", "784-1000-1000-1000-10, batch 128, Adam", 25_600),
    Row("mlp-2000x3-b32", "784-2000-2000-2000-10, batch 32, SGD", 12_800),
    Row("mlp-2000x3-b128", "784-2000-2000-2000-10, batch 128, SGD", 12_800),
    Row("lenet", "LeNet-like, batch 64, SGD", 12_800),
]


@dataclass
class Side:
    """What the repeated runs of one program gave; seconds are per epoch of 60,000 examples."""

    seconds: list = field(default_factory=list)
    accuracies: list = field(default_factory=list)
    notes: list = field(default_factory=list)


@dataclass
class Measurement:
    title: str
    model: str
    threads: int
    examples: int
    nnc: Side
    torch: Side
    multiplications_per_example: int = 0

    def ratio(self):
        return statistics.median(self.torch.seconds) / statistics.median(self.nnc.seconds)

    def gigaflops(self, side):
        """A multiplication and its addition count as two; the products of the layers alone."""
        return 2e-9 * self.multiplications_per_example * ALL_EXAMPLES / statistics.median(side.seconds)


class Failed(Exception):
    pass


def run(command, threads):
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def run_nnc(nnc, row, threads, examples, epochs):
    """Seconds of each epoch and the test accuracy, from the run's run.json."""
    with tempfile.TemporaryDirectory(prefix="nnc-compare-") as folder:
        run([
            nnc, "train", HERE / "models" / f"{row.model}.yaml", "--threads", threads, "--output", folder,
            "--progress", "none", "--set", f"train.epochs={epochs}", "--set", f"data.limit={examples}",
        ], threads)
        reports = list(Path(folder).rglob("run.json"))
        if len(reports) != 1:
            raise Failed(f"nnc left {len(reports)} files run.json in its run directory")
        report = json.loads(reports[0].read_text())
    return [epoch["seconds"] for epoch in report["epochs"]], report["metrics"]["test"]["accuracy"]


def run_torch(python, row, threads, examples, epochs, seed, data):
    answer = json.loads(run([
        python, HERE / "torch_peer.py", HERE / "models" / f"{row.model}.yaml", "--threads", threads,
        "--epochs", epochs, "--examples", examples, "--seed", seed, "--data", data,
    ], threads))
    return answer


def measure(row, threads, examples, arguments, nnc, python):
    result = Measurement(row.title, row.model, threads, examples, Side(), Side())
    scale = ALL_EXAMPLES / examples
    for repeat in range(arguments.repeats):
        if nnc:
            seconds, accuracy = run_nnc(nnc, row, threads, examples, arguments.epochs)
            result.nnc.seconds.append(min(seconds) * scale)
            result.nnc.accuracies.append(accuracy)
        if python:
            answer = run_torch(python, row, threads, examples, arguments.epochs, repeat + 1, arguments.data)
            result.torch.seconds.append(min(answer["seconds"]) * scale)
            result.torch.accuracies.append(answer["accuracy"])
            result.torch.notes.append(answer["variant"])
            result.multiplications_per_example = answer["multiplications_per_example"]
    return result


HEADER = "| network, batch, optimizer | threads | nnc, s/epoch | PyTorch, s/epoch | PyTorch / nnc | GFLOP/s nnc, PyTorch | accuracy nnc, PyTorch |"
RULE = "|---|---|---|---|---|---|---|"


def spread(side):
    if not side.seconds:
        return "–"
    middle, low, high = statistics.median(side.seconds), min(side.seconds), max(side.seconds)
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def line(result):
    sides = [result.nnc, result.torch]
    both = all(side.seconds for side in sides)
    ratio = f"{result.ratio():.2f}" if both else "–"
    known = result.multiplications_per_example > 0
    rates = ", ".join(f"{result.gigaflops(side):.0f}" if side.seconds and known else "–" for side in sides)
    accuracies = ", ".join(f"{statistics.median(side.accuracies):.3f}" if side.seconds else "–" for side in sides)
    return f"| {result.title} | {result.threads} | {spread(result.nnc)} | {spread(result.torch)} | {ratio} | {rates} | {accuracies} |"


def processor():
    try:
        names = {l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")}
        return ", ".join(sorted(names)) or platform.machine()
    except OSError:
        return platform.machine()


def build_nnc():
    say("building nnc in release mode")
    subprocess.run(["swift", "build", "-c", "release", "--product", "nnc"], cwd=ROOT, check=True, stdout=sys.stderr)
    return ROOT / ".build" / "release" / "nnc"


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", choices=[row.model for row in ROWS], default=[row.model for row in ROWS])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2, help="epochs of each process; the fastest counts")
    parser.add_argument("--examples", type=int, help="train on the first so many images, on every row")
    parser.add_argument("--full", action="store_true", help="train on all 60,000 images, on every row")
    parser.add_argument("--side", choices=["both", "nnc", "torch"], default="both")
    parser.add_argument("--venv", type=Path, default=peer_environment.default_folder())
    parser.add_argument("--nnc", type=Path, help="this program instead of a release build of the checkout")
    parser.add_argument("--data", type=Path, default=Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--json", type=Path, help="also write every measured second to this file")
    arguments = parser.parse_args()
    if arguments.examples is not None and not 1 <= arguments.examples <= ALL_EXAMPLES:
        parser.error("--examples: from 1 to 60000")
    if min([arguments.repeats, arguments.epochs, *arguments.threads]) < 1:
        parser.error("--repeats, --epochs and --threads: at least 1")
    if not arguments.data.is_dir():
        parser.error(f"no folder {arguments.data}: apt-get install dataset-fashion-mnist, or give --data")
    return arguments


def main():
    arguments = parse()
    python = peer_environment.python(arguments.venv) if arguments.side != "nnc" else None
    nnc = (arguments.nnc or build_nnc()) if arguments.side != "torch" else None

    print(f"{processor()}, {os.cpu_count()} processors. Median (fastest–slowest) of {arguments.repeats} processes a side.\n")
    print(HEADER, RULE, sep="\n", flush=True)
    results = []
    for row in ROWS:
        if row.model not in arguments.rows:
            continue
        examples = ALL_EXAMPLES if arguments.full else arguments.examples or row.examples
        for threads in arguments.threads:
            results.append(measure(row, threads, examples, arguments, nnc, python))
            print(line(results[-1]), flush=True)
    scaled = sorted({result.examples for result in results if result.examples != ALL_EXAMPLES})
    if scaled:
        sizes = ", ".join(f"{size:,}" for size in scaled)
        print(f"\nSome rows trained on a prefix of the images ({sizes}); their seconds are scaled to {ALL_EXAMPLES:,}, the accuracy is not.")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")


if __name__ == "__main__":
    try:
        main()
    except (Failed, subprocess.CalledProcessError) as problem:
        sys.exit(f"compare.py: {problem}")
