#!/usr/bin/env python3
"""nnc beside PyTorch on very many labels: seconds of an epoch of training, and P@1 on the test examples.

    python3 Tests/Peers/labels.py --labels 100000

makes a data set like a tagged text corpus (the numbers of features, labels and examples are options), writes it as an xc file, and trains
features-128-labels on it with Adam: PyTorch with a full softmax (the first layer an EmbeddingBag; eager, compiled, and compiled with sparse gradients and
a lazy optimizer for the first layer; fused Adam for all else), nnc dense, and nnc with each policy. The sides train by turns, `--repeats` times each. PyTorch is timed over
`--steps` steps, and its epoch is worked out from them; nnc over whole epochs. With `--rates`, each of nnc's networks first finds its own learning rate: that with the best P@1
on a tenth of the training examples, held out. Needs what compare.py needs. Run it on an otherwise idle machine.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import peer_environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

MODEL = """version: 1
name: labels
data: {{ format: xc, train: {{ features: {train} }}, test: {{ features: {test} }} }}
model:
  layers:
    - {{ name: h, type: dense, units: {hidden}, activation: relu }}
    - {{ name: out, type: dense, units: {labels}, activation: softmax }}
train:
  epochs: {epochs}
  batch_size: {batch}
  loss: cross_entropy
  optimizer: {{ type: adam, learning_rate: {rate} }}
  metrics: [precision_at_1, precision_at_5]
  evaluate: {{ every: {epochs} epochs }}
"""
HELD_OUT = ["data.validation=10%"]

VARIANTS = {
    "nnc, dense": None,
    "nnc, sampled, uniform": "{{ forward: {{ type: sampled, active: {active}, per: batch }} }}",
    "nnc, sampled, popularity": "{{ forward: {{ type: sampled, active: {active}, per: batch, distribution: popularity }} }}",
    "nnc, hash_gather, sketch, inference dense": "{{ forward: {{ type: hash_gather, active: {active}, per: batch, inference: dense }} }}",
    "nnc, hash_gather, sketch, inference hash": "{{ forward: {{ type: hash_gather, active: {active}, per: batch, inference: hash }} }}",
}


def write_data(folder, features, labels, train, test, seed):
    """Labels with twelve features of their own, popular by Zipf's law; seven of ten words of an example are of its labels."""
    import numpy as np

    draw = np.random.default_rng(seed)
    weights = (1 + np.arange(labels)) ** -0.8
    popularity = np.cumsum(weights / weights.sum())
    noise = np.cumsum(1 / (1 + np.arange(features)))
    noise /= noise[-1]
    label_order, feature_order = draw.permutation(labels), draw.permutation(features)
    prototypes = draw.integers(0, features, (labels, 12))
    shares = np.cumsum(draw.random((labels, 12)) + 0.1, axis=1)
    shares /= shares[:, -1:]
    rarity = np.empty(features)
    rarity[feature_order] = np.log(2 + np.arange(features))
    for name, count in (("train", train), ("test", test)):
        with open(folder / name, "w") as file:
            file.write(f"{count} {features} {labels}\n")
            for _ in range(count):
                own = np.unique(label_order[np.searchsorted(popularity, draw.random(min(30, draw.geometric(1 / 2.6))))])
                words = draw.integers(50, 146)
                whose = own[draw.integers(0, len(own), words)]
                place = (draw.random(words)[:, None] > shares[whose]).sum(1)
                random = feature_order[np.minimum(np.searchsorted(noise, draw.random(words)), features - 1)]
                seen, times = np.unique(np.where(draw.random(words) < 0.7, prototypes[whose, place], random), return_counts=True)
                value = (1 + np.log(times)) * rarity[seen]
                value /= np.sqrt((value**2).sum())
                file.write(",".join(map(str, own)) + " " + " ".join(f"{f}:{v:.5f}" for f, v in zip(seen, value)) + "\n")


def run_nnc(arguments, folder, policy, rate, seed, settings=()):
    """Seconds of an epoch, and P@1 by split."""
    model = folder / "labels.yaml"
    model.write_text(MODEL.format(
        train=folder / "train", test=folder / "test", hidden=arguments.hidden, labels=arguments.labels, epochs=arguments.epochs, batch=arguments.batch, rate=rate))
    with tempfile.TemporaryDirectory() as run:
        command = [arguments.nnc, "train", model, "--threads", str(arguments.threads), "--output", run + "/run", "--progress", "none", "--set", f"seed={seed}"]
        if policy:
            command += ["--set", "model.layers.out.policy=" + policy.format(active=arguments.active)]
        for setting in settings:
            command += ["--set", setting]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stdout + done.stderr)
        record = json.loads(Path(run, "run", "run.json").read_text())
    seconds = [epoch["seconds"] for epoch in record["epochs"]]
    # The first epoch also meets memory for the first time.
    return statistics.median(seconds[1:] or seconds), {split: 100 * scores["precision_at_1"] for split, scores in record["metrics"].items() if "precision_at_1" in scores}


def best_rate(arguments, folder, title, policy):
    if not arguments.rates:
        return arguments.learning_rate
    found = {rate: run_nnc(arguments, folder, policy, rate, 1, HELD_OUT)[1]["validation"] for rate in arguments.rates}
    print(f"{title}: P@1 on held-out examples by learning rate: " + ", ".join(f"{rate:g}: {value:.2f}" for rate, value in found.items()), file=sys.stderr)
    return max(found, key=found.get)


def run_torch(arguments, folder, interpreter, variant, epochs):
    command = [interpreter, HERE / "torch_labels.py", folder, arguments.hidden, arguments.batch, arguments.learning_rate, arguments.threads, arguments.steps,
               variant, epochs]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def deviation(values):
    return f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("features", 50_000), ("labels", 100_000), ("train", 30_000), ("test", 5_000), ("hidden", 128), ("batch", 128), ("active", 1_000),
                        ("epochs", 3), ("steps", 24), ("repeats", 3), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--torch-epochs", type=int, default=0, help="train PyTorch so many whole epochs too, for its P@1")
    parser.add_argument("--rates", type=float, nargs="+", help="learning rates of which each of nnc's networks takes the best on held-out examples")
    parser.add_argument("--only", nargs="+", help="only nnc's variants whose title holds one of these texts")
    parser.add_argument("--nnc", default=ROOT / ".build/release/nnc", type=Path)
    parser.add_argument("--environment", type=Path, default=peer_environment.default_folder())
    arguments = parser.parse_args()
    interpreter = peer_environment.python(arguments.environment)
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        # numpy lives where torch does.
        subprocess.run([interpreter, __file__, "--write", folder, *(str(n) for n in (arguments.features, arguments.labels, arguments.train, arguments.test))], check=True)
        variants = {title: policy for title, policy in VARIANTS.items() if any(part in title for part in arguments.only or [""])}
        rates = {title: best_rate(arguments, folder, title, policy) for title, policy in variants.items()}
        for repeat in range(arguments.repeats):
            for variant in ("eager", "compiled", "sparse-compiled"):
                out = run_torch(arguments, folder, interpreter, variant, arguments.torch_epochs if repeat == 0 and variant == "compiled" else 0)
                steps = -(-arguments.train // arguments.batch)
                results.setdefault("PyTorch, full softmax, " + variant, []).append((out["step"] * steps, out["precision"]))
            for title, policy in variants.items():
                seconds, precision = run_nnc(arguments, folder, policy, rates[title], repeat + 1)
                results.setdefault(f"{title}, learning rate {rates[title]:g}", []).append((seconds, precision["test"]))
    print(f"{arguments.features:,} features, hidden {arguments.hidden}, {arguments.labels:,} labels, {arguments.train:,} examples, batch {arguments.batch}, Adam, "
          f"{arguments.epochs} epochs, {arguments.threads} threads, {arguments.active:,} outputs active\n")
    print("| | seconds an epoch | P@1 % |\n|---|---|---|")
    for title, runs in results.items():
        seconds, precision = [run[0] for run in runs], [run[1] for run in runs if run[1] is not None]
        print(f"| {title} | {statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f}) | {statistics.mean(precision):.2f}{deviation(precision)} |" if precision
              else f"| {title} | {statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f}) | – |")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        write_data(Path(sys.argv[2]), *(int(n) for n in sys.argv[3:7]), seed=1)
    else:
        main()
