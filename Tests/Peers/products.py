#!/usr/bin/env python3
"""Matrix products by themselves with PyTorch, at the shapes that a dense layer's step has: what `nnc bench FILE --operations` has to be compared with.

    python3 Tests/Peers/products.py --threads 2

prints GFLOP/s of the forward product, that to the input and that to the weights, medians of 60. A multiplication and its addition count as two.
"""

import argparse
import statistics
import subprocess
import time
from pathlib import Path

import peer_environment

# Examples, units, inputs.
SHAPES = [(128, 1000, 784), (128, 1000, 1000), (128, 10, 1000), (32, 2000, 784), (32, 2000, 2000)]


def rate(product, operations):
    for _ in range(5):
        product()
    times = []
    for _ in range(60):
        start = time.perf_counter()
        product()
        times.append(time.perf_counter() - start)
    return 1e-9 * operations / statistics.median(times)


def measure(threads):
    import torch

    torch.set_num_threads(threads)
    for examples, units, inputs in SHAPES:
        x, w, y = torch.rand(examples, inputs), torch.rand(units, inputs), torch.rand(examples, units)
        forward, to_input, to_weights = torch.empty_like(y), torch.empty_like(x), torch.empty_like(w)
        operations = 2 * examples * units * inputs
        rates = [
            rate(lambda: torch.mm(x, w.t(), out=forward), operations), rate(lambda: torch.mm(y, w, out=to_input), operations),
            rate(lambda: torch.mm(y.t(), x, out=to_weights), operations),
        ]
        print(f"{examples} x {units} x {inputs}: " + ", ".join(f"{value:.0f}" for value in rates), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--venv", type=Path, default=peer_environment.default_folder())
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        measure(arguments.threads)
    else:
        subprocess.run([peer_environment.python(arguments.venv), __file__, "--threads", str(arguments.threads), "--inside"], check=True)


if __name__ == "__main__":
    main()
