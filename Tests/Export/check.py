"""Compares exported networks with nnc's own answers, by PyTorch and by onnxruntime, and reads the metrics as TensorBoard does.

    python3 Tests/Export/check.py NNC FOLDER

trains small networks with the program NNC, in FOLDER. What needs a package that is not installed is skipped, and named. Exit code 1 where
anything differs by more than 1e-5.
"""
import importlib, json, pathlib, subprocess, sys

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
here = pathlib.Path(__file__).resolve().parent
failures, skipped = [], []


def package(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        skipped.append(name)


numpy = package("numpy")
torch, safetensors, onnx, onnxruntime = map(package, ["torch", "safetensors", "onnx", "onnxruntime"])
tensorboard = package("tensorboard")


def nnc(*arguments):
    result = subprocess.run([program, *map(str, arguments)], cwd=folder, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"nnc {' '.join(map(str, arguments))}: {result.stderr}")
    return result.stdout


def expect(condition, what):
    print(("ok      " if condition else "WRONG   ") + what)
    if not condition:
        failures.append(what)


def compare(name, own, other, way):
    difference = float(numpy.abs(own - other).max())
    expect(own.shape == other.shape and difference <= 1e-5, f"{name}: {way} differs by {difference:.1e}")


def examples(shape, sparse=False, seed=0):
    random = numpy.random.default_rng(seed)
    # Images as they are: numbers from 0 to 1. Larger ones would make every answer a certain one, which hides differences.
    x = (random.normal(size=(37, *shape)) if len(shape) == 1 else 0.3 * random.random(size=(37, *shape))).astype(numpy.float32)
    return x * (random.random(size=x.shape) < 0.1) if sparse else x


def check(name, model, shape, sparse=False, outputs=None):
    """Trains a network and compares what it answers, as a file of ours, as a PyTorch module and as an ONNX file."""
    (folder / f"{name}.yaml").write_text(model)
    nnc("train", f"{name}.yaml", "--output", name, "--progress", "none")
    x = examples(shape, sparse)
    if sparse:
        rows = [" " + " ".join(f"{i}:{v:.9g}" for i, v in enumerate(row) if v) for row in x]
        (folder / f"{name}.txt").write_text(f"{len(x)} {shape[0]} {outputs}\n" + "\n".join(rows) + "\n")
    else:
        numpy.save(folder / f"{name}.npy", x)
    nnc("predict", name, f"{name}.txt" if sparse else f"{name}.npy", "--with", "dense", "--output", f"{name}-own.npy")
    own = numpy.load(folder / f"{name}-own.npy")
    if torch and safetensors:
        module = {}
        text = nnc("export", name, "--to", "safetensors", "--output", folder / f"{name}.safetensors")
        exec(compile(text, f"{name}.py", "exec"), module)
        with torch.no_grad():
            given = torch.tensor(x).movedim(-1, 1) if len(shape) == 3 else torch.tensor(x)
            compare(name, own, module["network"](given).numpy(), "PyTorch")
    if onnx and onnxruntime:
        path = folder / f"{name}.onnx"
        nnc("export", name, "--to", "onnx", "--output", path)
        onnx.checker.check_model(str(path), full_check=True)
        session = onnxruntime.InferenceSession(str(path))
        compare(name, own, session.run(["output"], {"input": x})[0], "onnxruntime")
    return name


def row_model(layers, outputs=3, loss="cross_entropy", train="", data=None, features=12):
    data = data or f"synthetic: {{ generator: blobs, features: {features}, classes: {outputs}, train: 300, test: 40 }}"
    return f"""
version: 1
name: rows
seed: 7
data: {{ format: synthetic, {data} }}
model:
  layers:
{layers}
train: {{ epochs: 4, batch_size: 30, loss: {loss}, optimizer: {{ type: adam, learning_rate: 1e-2 }}{train} }}
"""


def all_checks():
    check("all-layers", (here / "all-layers.yaml").read_text(), (28, 28, 1))
    # PyTorch's network as one writes it: the file fits it without a word on orders.
    if torch and safetensors:
        from torch import nn
        from collections import OrderedDict
        from safetensors.torch import load_file

        (folder / "lenet.yaml").write_text((here / "lenet.yaml").read_text())
        nnc("train", "lenet.yaml", "--output", "lenet", "--progress", "none")
        nnc("export", "lenet", "--to", "safetensors")
        network = nn.Sequential(OrderedDict([
            ("c1", nn.Conv2d(1, 4, 5, padding=2)), ("r1", nn.ReLU()), ("p1", nn.MaxPool2d(2)), ("c2", nn.Conv2d(4, 8, 3)), ("r2", nn.ReLU()),
            ("p2", nn.MaxPool2d(2)), ("flatten", nn.Flatten()), ("h", nn.Linear(8 * 6 * 6, 20)), ("r3", nn.ReLU()), ("out", nn.Linear(20, 2)), ("softmax", nn.Softmax(-1)),
        ]))
        network.load_state_dict(load_file(folder / "lenet/export/lenet.safetensors"))
        x = examples((28, 28, 1))
        numpy.save(folder / "lenet.npy", x)
        nnc("predict", "lenet", "lenet.npy", "--output", "lenet-own.npy")
        with torch.no_grad():
            compare("lenet", numpy.load(folder / "lenet-own.npy"), network(torch.tensor(x).permute(0, 3, 1, 2)).numpy(), "PyTorch's own module")

    for activation in ["linear", "relu", "leaky_relu", "elu", "gelu", "sigmoid", "tanh"]:
        check(activation, row_model(f"""
    - {{ name: h, type: dense, units: 20, activation: {activation} }}
    - {{ name: act, type: activation, activation: {activation} }}
    - {{ name: out, type: dense, units: 3, activation: softmax }}"""), (12,))
    check("several-labels", row_model("    - { name: out, type: dense, units: 3, activation: sigmoid }", loss="binary_cross_entropy"), (12,))
    check("numbers", row_model("""
    - { name: h, type: dense, units: 8, activation: tanh }
    - { name: out, type: dense, units: 1 }""", data="synthetic: { generator: higgs_like, train: 300, test: 40 }", loss="binary_cross_entropy").replace("units: 1 }", "units: 1, activation: sigmoid }"), (28,))
    # Rows in two orders are added, so images are flattened as nnc does it.
    meeting = row_model("""
    - { name: c, type: conv2d, filters: 3, kernel_size: 27, padding: valid, activation: relu }
    - { name: f, type: flatten }
    - { name: d, type: dense, units: 12, activation: relu }
    - { name: s, type: add, inputs: [f, d] }
    - { name: out, type: dense, units: 2, activation: softmax }""", data="synthetic: { generator: rectangles, train: 200, test: 40 }").replace(
        "model:", "model:\n  input: { shape: [28, 28, 1] }")
    check("meeting", meeting, (28, 28, 1))
    # Pictures of rows, which are no images.
    check("rows-of-rows", row_model("""
    - { name: n, type: batch_normalization }
    - { name: f, type: flatten }
    - { name: out, type: dense, units: 2, activation: softmax }""", data="synthetic: { generator: rectangles, train: 200, test: 40 }").replace(
        "model:", "model:\n  input: { shape: [28, 28] }"), (28, 28))

    # Units that a policy has taken away are in neither file.
    for name, policy in [
        ("mask", "neurons: { type: mask, keep: 50% }"),
        ("apoptosis", "neurons: { type: apoptosis, budget: 0.5, every: 1 epoch }"),
        ("simplify", "backward: { type: topk, k: 4 }, neurons: { type: simplify, drop_below: 60%, every: 1 epoch, phases: { simplify: 3 epochs, recover: 1 epoch } }"),
        ("shrink", "neurons: { type: shrink_recall, keep: 40%, warm_up: 1 epoch, every: 100 epochs, final_recall: 0 epochs }"),
    ]:
        run = check(name, row_model(f"""
    - {{ name: h, type: dense, units: 40, activation: relu, policy: {{ {policy} }} }}
    - {{ name: n, type: batch_normalization }}
    - {{ name: out, type: dense, units: 3, activation: softmax }}"""), (12,))
        left = json.loads((folder / run / "run.json").read_text())["layers"][0]["units_after"]
        sizes = []
        if safetensors and torch:
            from safetensors.torch import load_file
            sizes += [len(load_file(folder / f"{name}.safetensors")["h.weight"])]
        if onnx:
            sizes += [i.dims[0] for i in onnx.load(folder / f"{name}.onnx").graph.initializer if i.name == "h.weight"]
        expect(left < 40 and all(size == left for size in sizes), f"{name}: {left} of 40 units are in the files")

    # Layers that compute some of their units are dense in the file, and it says so.
    check("hashed", row_model("""
    - { name: h, type: dense, units: 60, activation: relu, policy: { forward: { type: hash_gather, function: simhash, hashes: 3, tables: 8, active: 20% } } }
    - { name: out, type: dense, units: 3, activation: softmax }"""), (12,))
    if onnx:
        properties = {p.key: p.value for p in onnx.load(folder / "hashed.onnx").metadata_props}
        expect(properties.get("policy.h", "").startswith("forward: { type: hash_gather, "), "hashed: the policy is in the metadata")
    sparse = row_model("""
    - { name: h, type: dense, units: 16, activation: relu }
    - { name: out, type: dense, units: 70, activation: softmax, policy: { forward: { type: sampled, active: 30 } } }""", data="synthetic: { generator: labels, features: 500, labels: 70, train: 400, test: 40 }")
    check("sparse", sparse, (500,), sparse=True, outputs=70)


def metrics(name, policy, tags, first):
    """Reads an event file, and compares it with metrics.jsonl.

    tags: what is there beside the losses; first: the first value of one of them."""
    (folder / f"{name}.yaml").write_text(row_model(f"""
    - {{ name: h, type: dense, units: 40, activation: relu, policy: {{ {policy} }} }}
    - {{ name: out, type: dense, units: 3, activation: softmax }}""") + "output: { metrics: [jsonl, csv, tensorboard], histograms: 2 epochs }\n")
    nnc("train", f"{name}.yaml", "--output", name, "--progress", "none")
    if not tensorboard:
        return
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    epochs = [line for line in map(json.loads, (folder / name / "metrics.jsonl").read_text().splitlines()) if "train" in line]
    events = EventAccumulator(str(folder / name), size_guidance={"scalars": 0, "histograms": 0})
    events.Reload()
    losses = [(e.step, e.value) for e in events.Scalars("train/loss")]
    same = len(losses) == len(epochs) and all(s == l["step"] and abs(v - l["train"]["loss"]) < 1e-6 for (s, v), l in zip(losses, epochs))
    expect(same, f"{name}: TensorBoard reads the losses of metrics.jsonl")
    expect({"learning_rate", "train/accuracy", *tags} <= set(events.Tags()["scalars"]), f"{name}: {', '.join(tags)}")
    value = events.Scalars(first[0])[0].value
    expect(abs(value - first[1]) < 1e-6, f"{name}: {first[0]} begins with {value:.6g}")
    histograms = events.Histograms("weights/out.kernel")
    expect([h.step for h in histograms] == [1, 20, 40] and histograms[0].histogram_value.num == 120, f"{name}: histograms of the weights")


if numpy:
    all_checks()
metrics("widths", "neurons: { type: apoptosis, budget: 0.5, every: 1 epoch }", ["units/h"], ("units/h", 40))
metrics("shares", "forward: { type: hash_gather, active: 20% }", ["active/h", "recall/h"], ("active/h", 0.2))
for name in skipped:
    print(f"skipped what needs {name}: it is not installed")
sys.exit(1 if failures else 0)
