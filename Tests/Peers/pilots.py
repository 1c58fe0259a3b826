#!/usr/bin/env python3
"""How near the estimate of a run's multiplications is to what the run then counts, without a pilot and with one, where examples choose units of their own.

    python3 Tests/Peers/pilots.py --pilot 400 --steps 900

trains each network whole, for about so many steps, and prints predicted / counted for each data set and function. Of the data that `--sets counted` takes the estimate's numbers or the powers that go on from a pilot
were counted; `--sets new` are others. Nothing of it is timed: the machine may do something else.
"""

import argparse
import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKETCH, RECTANGLES, OTHER = ROOT / "models/hash-sketch.yaml", ROOT / "models/rectangles.yaml", ROOT / "Tests/Peers/models/other-data.yaml"


def blobs(classes, noise, batch, features=256, units=1000, active="5%"):
    data = f"{{ generator: blobs, classes: {classes}, features: {features}, train: 20000, test: 200, noise: {noise} }}"
    return OTHER, [
        f"data.synthetic={data}", f"model.input.shape=[{features}]", f"model.layers.out.units={classes}", f"train.batch_size={batch}",
        f"model.layers.h1.units={units}", f"model.layers.h2.units={units}", f"policies.hash.forward.active={active}",
    ]


SETS = {"counted": {
    "Fashion-MNIST": (SKETCH, []),
    "rectangles": (RECTANGLES, []),
    "convex": (RECTANGLES, ["data.synthetic.generator=convex"]),
    "Higgs-like": (OTHER, []),
    "10 blobs": blobs(10, 0.5, 64),
    "100 blobs": blobs(100, 0.3, 128),
    "30 noisy blobs": blobs(30, 0.9, 32, features=64, units=500, active="10%"),
    "5 noisy blobs": blobs(5, 1.5, 64, features=32, units=2000, active="3%"),
    "20 noisy blobs": blobs(20, 2.0, 100, features=128, units=800),
}, "new": {
    "8 noisy blobs": blobs(8, 0.7, 48, features=40, units=600, active="8%"),
    "50 noisy blobs": blobs(50, 1.2, 128, features=100, units=1500, active="4%"),
    "Higgs-like, 700 units": (OTHER, ["train.batch_size=100", "model.layers.h1.units=700", "model.layers.h2.units=700", "policies.hash.forward.active=6%"]),
    "Fashion-MNIST, 400 units": (SKETCH, ["train.batch_size=50", "model.layers.h1.units=400", "model.layers.h2.units=400", "policies.hash.forward.active=15%"]),
}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pilot", type=int, default=400)
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--functions", nargs="+", default=["sketch", "simhash", "wta", "dwta"])
    parser.add_argument("--sets", choices=SETS, default="counted")
    parser.add_argument("--nnc", default=ROOT / ".build/release/nnc")
    options = parser.parse_args()

    def nnc(*words):
        done = subprocess.run([options.nnc, *map(str, words)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return done.stdout

    def row(job):
        name, (file, settings), function = job
        settings = [f"policies.hash.forward.function={function}", "policies.hash.forward.per=example", *settings]
        words = [file, "--threads", 1] + [word for setting in settings for word in ("--set", setting)]
        size = json.loads(nnc("estimate", *words, "--format", "json"))
        per_epoch = -(-size["train_examples"] // size["batch"])
        epochs = max(1, round(options.steps / per_epoch))
        words += ["--set", f"train.epochs={epochs}"]

        def predicted(*more):
            return json.loads(nnc("estimate", *words, "--format", "json", *more))["totals"]["run"]["multiplications"]

        with tempfile.TemporaryDirectory(prefix="nnc-pilots-") as folder:
            nnc("train", *words, "--progress", "none", "--output", Path(folder) / "run")
            slots = json.loads((Path(folder) / "run/run.json").read_text())["work"]["total"].values()
        counted = sum(slot["multiplications"]["counted"] for slot in slots)
        return [name, function, epochs * per_epoch] + [f"{100 * (value / counted - 1):+.1f} %" for value in (predicted(), predicted("--pilot", options.pilot))]

    print(f"| data | function | steps | without a pilot | pilot of {options.pilot} |\n|---|---|---|---|---|")
    jobs = [(name, network, function) for name, network in SETS[options.sets].items() for function in options.functions]
    with ThreadPoolExecutor(2) as pool:
        for cells in pool.map(row, jobs):
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    main()
