#!/usr/bin/env python3
"""Policies beside their dense twins: seconds, multiplications, parameters and accuracy, on this machine.

    python3 Tests/Peers/policies.py [experiment ...]

prints one table per experiment. Needs Python 3.9, the Debian package dataset-fashion-mnist and a release build of nnc. For each seed the
dense network and each variant train one after the other, in processes of their own, so that a machine that grows slower does so for all.
Seconds are of training proper with its pre-training, without reading data and evaluating. `backward` is the backward pass with its updates. Ratios are those of
medians over the seeds. Accuracies are means over the seeds, at the end of training or, where the title says so, at the epoch that is best on the validation split; hyperparameters are to be chosen by the
validation split, and the test split is only reported. Run it on an otherwise idle machine.
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

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DENSE = ["defaults.dense.policy=none"]


@dataclass
class Experiment:
    title: str
    model: str
    # Title and --set arguments of each variant.
    variants: list
    # What makes the dense twin.
    dense: list = field(default_factory=lambda: list(DENSE))
    # --set arguments of all of them.
    common: list = field(default_factory=list)
    seeds: int = 3
    # What is measured on the splits.
    metric: str = "accuracy"
    # Whether it is measured on the weights that were best on the validation split, instead of those at the end.
    best: bool = False


def top_k(counts, per, kind="topk"):
    return [
        (f"{kind}, k = {k} per {per}", [f"policies.meprop.backward.{key}" for key in (f"type={kind}", f"k={k}", f"per={per}")])
        for k in counts
    ]


def sampled(counts):
    return [(f"sampled, k = {k}", [f"policies.meprop.backward={{ type: sampled, k: {k} }}"]) for k in counts]


def simplify(title, kind, k, drop_below, per="example"):
    fields = f"type: {kind}, k: {k}" + (f", per: {per}" if kind == "topk" else "")
    return (f"{title}, drop below {drop_below}", [
        f"policies.mesimp.backward={{ {fields} }}", f"policies.mesimp.neurons.drop_below={drop_below}",
    ])


def from_scratch(*units):
    sets = [f"model.layers.h{index + 1}.units={count}" for index, count in enumerate(units)]
    return (f"dense {'-'.join(map(str, units))} from scratch", [*DENSE, *sets])


def shrink(title, *settings, path="policies.shrink.neurons"):
    return (title, [f"{path}.{setting}" for setting in settings])


NO_RECALL = ["every=1000 epochs", "final_recall=0 epochs"]


def apoptosis(title, *settings):
    return (title, [f"policies.lean.neurons.{setting}" for setting in settings])


def hashed(title, *settings):
    return (title, [f"policies.hash.forward.{setting}" for setting in settings])


HASHED = [
    ("sketch", []), ("sketch, per batch", ["per=batch"]), ("simhash, 100 tables of 4 bits", ["function=simhash"]),
    ("wta, 100 tables of a window of 16", ["function=wta"]), ("dwta, 100 tables of a window of 16", ["function=dwta"]),
    ("exact (oracle)", ["function=exact"]), ("random", ["function=random"]),
]


def image_task(generator, examples):
    return [f"data={{ format: synthetic, synthetic: {{ generator: {generator}, train: {examples}, test: 50000 }}, validation: 10% }}",
            "model.layers.out.units=2", "train.batch_size=16", "train.optimizer={ type: adagrad, learning_rate: 0.03 }",
            "train.learning_rate_schedule.type=cosine", "policies.hash.forward.dimensions=64", "policies.hash.forward.rebuild.every=80 steps"]


EXPERIMENTS = {
    "meprop-time": Experiment(
        "784-2000-2000-2000-10, batch 128, SGD, two epochs of 12,800 images", "meprop-2000x3.yaml",
        top_k([80], "batch") + top_k([80], "example")),
    "meprop-curve": Experiment(
        "784-500-500-10, batch 100, Adam 1e-3, 20 epochs", "meprop-500x2.yaml",
        top_k([10, 20, 40, 80, 160], "batch") + top_k([10, 20, 40, 80, 160], "example") + sampled([10, 25, 40, 80])
        + top_k([25], "batch", "random")),
    "mesimp": Experiment(
        "784-500-500-10, batch 100, Adam 1e-3, 20 epochs", "mesimp-500x2.yaml",
        [simplify("topk, k = 160 per example", "topk", 160, "5%"), simplify("topk, k = 160 per example", "topk", 160, "10%"),
         simplify("topk, k = 160 per batch", "topk", 160, "10%", per="batch"), simplify("topk, k = 160 per batch", "topk", 160, "7%", per="batch"),
         simplify("sampled, k = 80", "sampled", 80, "3%"), simplify("sampled, k = 80", "sampled", 80, "5%"),
         from_scratch(128, 128), from_scratch(83, 60)]),
    "sdlr-mlp": Experiment(
        "Shrinkage and recall: 784-1000-1000-10, batch 100, Adam 1e-3, 20 epochs", "sdlr-mlp.yaml",
        [shrink("keep 30 %, recall every 5 epochs"), shrink("random units", "score=random"), shrink("no recall", *NO_RECALL), from_scratch(300, 300)]),
    "sdlr-dbn": Experiment(
        "Shrinkage and recall: deep belief network 784-1000-1000-10, 5 epochs of pre-training for each layer, then 20", "sdlr-dbn.yaml",
        [shrink("keep 30 %, recall every 5 epochs"), shrink("keep 40 %, recall every 10 epochs", "keep=40%", "every=10 epochs"),
         shrink("keep 40 %, all units in the first and the last epoch", "keep=40%", "every=1000 epochs")],
        # Seeds differ by three times what is asked about.
        seeds=6),
    "sdlr-cnn": Experiment(
        "Shrinkage and recall: LeNet-like 5×5×32, 5×5×64, 1024, batch 64, Adam 1e-3, 8 epochs", "sdlr-cnn.yaml",
        [shrink("keep 30 %, recall every 4 epochs"), shrink("keep 30 %, recall in the last epoch", "every=1000 epochs")],
        [*DENSE, "defaults.conv2d.policy=none"]),
    "apoptosis-mlp": Experiment(
        "Apoptosis: 784-1000-1000-10, batch 200, Adam 1e-3, 20 epochs", "apoptosis-mlp.yaml",
        [apoptosis("budget 0.05"), apoptosis("budget 0.04", "budget=0.04"), apoptosis("budget 0.03", "budget=0.03"), from_scratch(100, 50)]),
    "apoptosis-higgs": Experiment(
        "Apoptosis: Higgs-like, 28-300-300-300-2, 500,000 rows, batch 200, Adam 1e-3, 10 epochs (area under the ROC curve, %)", "apoptosis-higgs.yaml",
        [apoptosis("budget 0.05"), from_scratch(100, 100, 100)], metric="auc"),
    "hash": Experiment(
        "Hash gather: 784-1000-1000-10, 5 % active, batch 128, Adam 1e-3, 25 epochs", "hash-mlp.yaml",
        [hashed(title, *settings) for title, settings in HASHED]),
    "hash-curve": Experiment(
        "Hash gather by what is active: 784-1000-1000-10, batch 128, Adam 1e-3, 25 epochs", "hash-mlp.yaml",
        [hashed(f"{title}, {active} %", *settings, f"active={active}%") for title, settings in HASHED for active in (1, 5, 10, 25)]),
    "hash-4000": Experiment(
        "Hash gather: 784-4000-4000-10, 5 % active, batch 128, Adam 1e-3, one epoch", "hash-mlp.yaml",
        [hashed("sketch"), hashed("sketch, per batch", "per=batch")],
        common=["train.epochs=1", "model.layers.h1.units=4000", "model.layers.h2.units=4000"]),
    "hash-rectangles": Experiment(
        "Hash gather: rectangles, 784-1000-1000-2, 12,000 and 50,000 images, batch 16, Adagrad, 25 epochs", "hash-mlp.yaml",
        [hashed("sketch"), hashed("random", "function=random")], common=image_task("rectangles", 12_000)),
    "hash-convex": Experiment(
        "Hash gather: convex, 784-1000-1000-2, 8,000 and 50,000 images, batch 16, Adagrad, 25 epochs", "hash-mlp.yaml",
        [hashed("sketch"), hashed("random", "function=random")], common=image_task("convex", 8_000)),
    "hash-authors": Experiment(
        "Hash gather on the network that the authors' code was timed with: 784-1000-10, 5 % active, three passes of 6,000 images (run with --threads 1)",
        "hash-one-layer.yaml", [hashed("sketch"), hashed("simhash, 100 tables of 4 bits", "function=simhash")]),
    "hash-asynchronous": Experiment(
        "Hash gather, asynchronous: 784-1000-1000-10, 5 % active, batch 512, Adam 2e-3 down a cosine, 25 epochs (`dense` is the same hashed network, synchronous)",
        "hash-mlp.yaml", [("asynchronous", ["train.mode=asynchronous"]), ("synchronous, one thread", ["train.threads=1"])], dense=[],
        common=["train.learning_rate_schedule.type=cosine", "train.batch_size=512", "train.optimizer.learning_rate=2e-3"]),
    "shift": Experiment(
        "A shift: classes 0 to 4 for five epochs, then all for ten; 784-1000-1000-10", "shift.yaml",
        [shrink("keep 5 %, recall every 3 epochs and for the last 5"), shrink("keep 5 %, no recall", *NO_RECALL)]),
}


@dataclass
class Result:
    seconds: list = field(default_factory=list)
    backward: list = field(default_factory=list)
    validation: list = field(default_factory=list)
    test: list = field(default_factory=list)
    share: list = field(default_factory=list)
    parameters: list = field(default_factory=list)
    agreement: list = field(default_factory=list)

    def add(self, record, metric):
        epochs = record["epochs"]
        pretraining = record.get("pretrain") or {"seconds": 0, "multiplications": {}}
        self.seconds.append(pretraining["seconds"] + sum(epoch["seconds"] for epoch in epochs))
        self.backward.append(sum(epoch["backward_seconds"] for epoch in epochs))
        self.test.append(100 * record["metrics"]["test"][metric])
        if "validation" in record["metrics"]:
            self.validation.append(100 * record["metrics"]["validation"][metric])
        slots = list(record["work"]["total"].values())
        dense, counted, predicted = (
            sum(slot["multiplications"][key] for slot in slots) + pretraining["multiplications"].get(key, 0) for key in ("dense", "counted", "predicted"))
        self.share.append(counted / dense)
        self.agreement.append(predicted / counted)
        self.parameters.append(record["parameters"]["after"])


def train(nnc, model, sets, seed, threads, best=None):
    with tempfile.TemporaryDirectory(prefix="nnc-policies-") as folder:
        own = [] if any(setting.startswith("train.threads=") for setting in sets) else ["--threads", threads]
        command = [nnc, "train", HERE / "models" / model, *own, "--output", folder + "/run", "--progress", "none"]
        for setting in [f"seed={seed}", *([f"train.checkpoint.best=validation.{best}"] if best else []), *sets]:
            command += ["--set", setting]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stdout}{done.stderr}")
        record = json.loads(Path(folder, "run", "run.json").read_text())
        if best:
            scores = subprocess.run(
                [nnc, "eval", folder + "/run", "--checkpoint", "best", "--format", "json"], capture_output=True, text=True, check=True)
            record["metrics"] = json.loads(scores.stdout)["metrics"]
        return record


def mean(values):
    if not values:
        return "–"
    return f"{statistics.mean(values):.2f}" + (f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else "")


def spread(values, digits=2):
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def table(experiment, results):
    dense = results[0][1]
    lines = [
        "| network | seconds | dense / this | backward s | dense / this | multiplications | predicted / counted | parameters | validation % | test % |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for title, result in results:
        def ratio(values, own):
            return f"{statistics.median(values) / statistics.median(own):.2f}"
        lines.append(
            f"| {title} | {spread(result.seconds)} | {ratio(dense.seconds, result.seconds)} | {spread(result.backward)} "
            f"| {ratio(dense.backward, result.backward)} | {100 * statistics.mean(result.share):.1f} % | {statistics.mean(result.agreement):.3f} "
            f"| {statistics.mean(result.parameters):,.0f} | {mean(result.validation)} | {mean(result.test)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("experiments", nargs="*", metavar="experiment", help=f"of {', '.join(EXPERIMENTS)}; all by default")
    parser.add_argument("--nnc", default=ROOT / ".build/release/nnc", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seeds", type=int, help="instead of the experiment's own number")
    parser.add_argument("--only", help="only variants whose title holds this text")
    parser.add_argument("--set", action="append", default=[], dest="sets", help="for all runs: path=value")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.experiments if name not in EXPERIMENTS]
    if unknown:
        parser.error(f"no experiment is called {', '.join(unknown)}; there are {', '.join(EXPERIMENTS)}")
    if not arguments.nnc.exists():
        parser.error(f"there is no {arguments.nnc}: swift build -c release makes it")
    print(f"{platform.processor() or platform.machine()}, {arguments.threads} threads\n")
    for name in arguments.experiments or EXPERIMENTS:
        experiment = EXPERIMENTS[name]
        variants = [("dense", experiment.dense)] + [v for v in experiment.variants if not arguments.only or arguments.only in v[0]]
        results = [(title, Result()) for title, _ in variants]
        seeds = arguments.seeds or experiment.seeds
        for seed in range(1, seeds + 1):
            for (title, sets), (_, result) in zip(variants, results):
                result.add(train(arguments.nnc, experiment.model, [*experiment.common, *sets, *arguments.sets], seed, arguments.threads, experiment.metric if experiment.best else None), experiment.metric)
                print(f"policies.py: {name}, seed {seed}, {title}: {result.seconds[-1]:.1f} s, test {result.test[-1]:.2f} %", file=sys.stderr, flush=True)
        print(f"### {experiment.title} ({seeds} seeds)\n\n{table(experiment, results)}\n", flush=True)


if __name__ == "__main__":
    main()
