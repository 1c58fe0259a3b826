#!/usr/bin/env python3
"""nnc beside PyTorch on a wide output behind a dense input: seconds of a step.

    python3 Tests/Peers/wide_output.py

trains models/wide-output.yaml, 256-128-100,000 with batches of 256 and plain gradient descent, in nnc with its policy and without, and the same network
in PyTorch, eager and compiled, by turns. Needs what compare.py needs. Run it on an otherwise idle machine.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import peer_environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FEATURES, HIDDEN, CLASSES, BATCH, RATE = 256, 128, 100_000, 256, 0.1


def torch_step(is_compiled, threads, steps):
    """Seconds of a step of PyTorch, in a process that the caller has started for it."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(FEATURES, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, CLASSES))
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, fused=True)
    loss = nn.CrossEntropyLoss()

    def of_batch(x, y):
        return loss(network(x), y)

    forward = torch.compile(of_batch) if is_compiled else of_batch
    seconds = []
    for _ in range(steps + 4):
        x, y = torch.randn(BATCH, FEATURES), torch.randint(0, CLASSES, (BATCH,))
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        forward(x, y).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[4:])


def nnc_step(nnc, threads, settings):
    with tempfile.TemporaryDirectory() as run:
        command = [nnc, "train", HERE / "models/wide-output.yaml", "--threads", threads, "--output", run + "/run", "--progress", "none"]
        for setting in settings:
            command += ["--set", setting]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stdout + done.stderr)
        record = json.loads(Path(run, "run", "run.json").read_text())
    # The first epoch also meets memory for the first time.
    return record["epochs"][-1]["seconds"] / -(-25_600 // BATCH)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("threads", 2), ("repeats", 3), ("steps", 30)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--nnc", default=ROOT / ".build/release/nnc", type=Path)
    parser.add_argument("--environment", type=Path, default=peer_environment.default_folder())
    arguments = parser.parse_args()
    interpreter = peer_environment.python(arguments.environment)
    results = {}
    for _ in range(arguments.repeats):
        for title in ("eager", "compiled"):
            done = subprocess.run([interpreter, __file__, "--torch", title, str(arguments.threads), str(arguments.steps)], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stderr)
            results.setdefault(f"PyTorch, {title}", []).append(float(done.stdout))
        results.setdefault("nnc, dense", []).append(nnc_step(arguments.nnc, arguments.threads, ["model.layers.out.policy=none", "train.epochs=1"]))
        results.setdefault("nnc, sampled, 1,000 active", []).append(nnc_step(arguments.nnc, arguments.threads, []))
    print("| 256-128-100,000, batch 256, SGD | ms a step |\n|---|---|")
    for title, seconds in results.items():
        low, middle, high = (1000 * f(seconds) for f in (min, statistics.median, max))
        print(f"| {title} | {middle:.1f} ({low:.1f}–{high:.1f}) |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--torch"]:
        print(torch_step(sys.argv[2] == "compiled", int(sys.argv[3]), int(sys.argv[4])))
    else:
        main()
