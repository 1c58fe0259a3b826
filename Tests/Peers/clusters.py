#!/usr/bin/env python3
"""A new output layer on features that stay as they are: 10,000 classes in clusters, trained and evaluated with all outputs and with hashed ones.

    python3 Tests/Peers/clusters.py

makes features like those of a trained network (each class a point near one of 100 centres, each example a point near its class, nothing negative, all of
one length) and trains a dense output layer on them with plain gradient descent, whole and with each policy. It prints seconds of training and of an
evaluation of the test examples, and the accuracy with the outputs that the policy scores and with all. Needs what compare.py needs.
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

MODEL = """version: 1
name: clusters
seed: {seed}
data: {{ format: npy, train: {{ features: {folder}/train.npy, labels: {folder}/train-labels.npy }}, test: {{ features: {folder}/test.npy, labels: {folder}/test-labels.npy }}, normalize: none }}
model:
  input: {{ shape: [{features}] }}
  layers:
    - {{ name: out, type: dense, units: {classes}, activation: softmax, policy: {policy} }}
train:
  epochs: {epochs}
  batch_size: 64
  loss: cross_entropy
  optimizer: {{ type: {optimizer}, learning_rate: {rate} }}
  metrics: [accuracy]
  evaluate: {{ with: [policy, dense] }}
"""

WTA = "type: hash_gather, function: wta, window: 8, hashes: 2, tables: 64, active: {active}, inference: hash"
VARIANTS = {
    "dense": "none",
    "wta, per example": "{{ forward: {{ " + WTA + ", per: example }} }}",
    "wta, per batch": "{{ forward: {{ " + WTA + ", per: batch }} }}",
    "sketch, per batch": "{{ forward: {{ type: hash_gather, active: {active}, per: batch, inference: hash }} }}",
    "sampled, per batch": "{{ forward: {{ type: sampled, active: {active}, per: batch }} }}",
    "sampled, per example": "{{ forward: {{ type: sampled, active: {active}, per: example }} }}",
}


def write_data(folder, classes, features, train, test):
    import numpy as np

    draw = np.random.default_rng(1)

    def unit(x):
        x = np.maximum(x, 0)
        return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)

    centres = draw.standard_normal((100, features), dtype=np.float32)
    own = unit(centres[np.arange(classes) % 100] + 0.5 * draw.standard_normal((classes, features), dtype=np.float32))
    for name, count in (("train", train), ("test", test)):
        labels = draw.integers(0, classes, count).astype(np.int32)
        noise = 0.5 * draw.standard_normal((count, features), dtype=np.float32) / np.float32(features**0.5)
        # A length of 20 makes logits that tell classes apart.
        np.save(folder / f"{name}.npy", 20 * unit(own[labels] + noise))
        np.save(folder / f"{name}-labels.npy", labels)


def run(arguments, folder, policy, seed):
    model = folder / "clusters.yaml"
    model.write_text(MODEL.format(
        seed=seed, folder=folder, features=arguments.features, classes=arguments.classes, epochs=arguments.epochs, rate=arguments.learning_rate,
        optimizer=arguments.optimizer, policy=policy.format(active=arguments.active)))
    with tempfile.TemporaryDirectory() as run:
        def call(*command):
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(done.stdout + done.stderr)
            return done.stdout

        call(arguments.nnc, "train", model, "--threads", arguments.threads, "--output", run + "/run", "--progress", "none")
        record = json.loads(Path(run, "run", "run.json").read_text())
        own, seconds = record["metrics"]["test"], []
        for network in ("policy", "dense"):
            times = []
            for _ in range(3):
                start = time.perf_counter()
                call(arguments.nnc, "eval", run + "/run", "--with", network)
                times.append(time.perf_counter() - start)
            seconds.append(min(times))
    whole = own.get("dense", own)
    total = [sum(slot["multiplications"][key] for slot in record["work"]["total"].values()) for key in ("counted", "dense")]
    return sum(epoch["seconds"] for epoch in record["epochs"]), total[0] / total[1], 100 * own["accuracy"], 100 * whole["accuracy"], *seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("classes", 10_000), ("features", 256), ("train", 100_000), ("test", 5_000), ("active", 200), ("epochs", 3), ("seeds", 3), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--learning-rate", type=float, default=2)
    parser.add_argument("--optimizer", default="sgd")
    parser.add_argument("--only", help="only variants whose title holds this text, beside dense")
    parser.add_argument("--nnc", default=ROOT / ".build/release/nnc", type=Path)
    parser.add_argument("--environment", type=Path, default=peer_environment.default_folder())
    arguments = parser.parse_args()
    interpreter = peer_environment.python(arguments.environment)
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sizes = (arguments.classes, arguments.features, arguments.train, arguments.test)
        subprocess.run([interpreter, __file__, "--write", folder, *(str(n) for n in sizes)], check=True)
        for seed in range(1, arguments.seeds + 1):
            for title, policy in VARIANTS.items():
                if title == "dense" or not arguments.only or arguments.only in title:
                    results.setdefault(title, []).append(run(arguments, folder, policy, seed))
                    print(title, results[title][-1], file=sys.stderr, flush=True)
    print(f"{arguments.features} features, {arguments.classes:,} classes, {arguments.train:,} examples, {arguments.epochs} epochs, {arguments.active} outputs active, "
          f"{arguments.threads} threads, {arguments.seeds} seeds\n")
    print("| | seconds of training | dense / this | multiplications | test %, outputs as in training | test %, all outputs | seconds of `eval` | the same, all outputs |\n|---|---|---|---|---|---|---|---|")
    dense = statistics.median(run[0] for run in results["dense"])
    for title, runs in results.items():
        columns = list(zip(*runs))
        seconds = statistics.median(columns[0])
        print(f"| {title} | {seconds:.2f} ({min(columns[0]):.2f}–{max(columns[0]):.2f}) | {dense / seconds:.1f} | {100 * statistics.mean(columns[1]):.1f} % | "
              f"{statistics.mean(columns[2]):.2f} | {statistics.mean(columns[3]):.2f} | {min(columns[4]):.2f} | {min(columns[5]):.2f} |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write_data(Path(sys.argv[2]), *(int(n) for n in sys.argv[3:7]))
    else:
        main()
