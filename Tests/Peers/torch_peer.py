"""One run of PyTorch on one of the rows' model files; prints one JSON object.

Run by compare.py inside the virtual environment that holds torch, one process per run. The network, the loss and the
optimizer are read from the same file that nnc trains, so the two sides cannot drift apart. Only what the rows need is
understood; anything else is an error.
"""

import argparse
import copy
import itertools
import json
import sys
import time
from pathlib import Path

import torch
import yaml
from torch import nn

import fashion_mnist


class UnknownToPeer(Exception):
    pass


def expect_keys(mapping, allowed, where):
    unknown = set(mapping) - set(allowed)
    if unknown:
        raise UnknownToPeer(f"{where}: torch_peer.py does not know {sorted(unknown)}")


def initialize(weight, bias, initializer):
    if initializer == "he_normal":
        # Keras's he_normal is a truncated normal; for a speed comparison the plain one is close enough.
        nn.init.kaiming_normal_(weight, nonlinearity="relu")
    elif initializer == "glorot_uniform":
        nn.init.xavier_uniform_(weight)
    else:
        raise UnknownToPeer(f"initializer {initializer}")
    nn.init.zeros_(bias)


def build(document):
    """Returns (network, multiplications per example and training step, whether it takes images).

    The last softmax is left out: torch's cross entropy takes logits. Multiplications are those of the three products of
    each layer: forward, weights' gradient, and the input's gradient (which the first layer with weights does not need).
    """
    model = document["model"]
    height, width, channels = model["input"]["shape"]
    features = None
    modules, multiplications = [], 0
    first = True
    convolutional = any(layer["type"] == "conv2d" for layer in model["layers"])
    for position, own in enumerate(model["layers"]):
        layer = {**document.get("defaults", {}).get(own["type"], {}), **own}
        kind = layer["type"]
        if kind == "flatten":
            features = height * width * channels
            if convolutional:
                modules.append(nn.Flatten())
        elif kind == "dense":
            expect_keys(layer, ["type", "name", "units", "activation", "kernel_initializer"], kind)
            linear = nn.Linear(features, layer["units"])
            initialize(linear.weight, linear.bias, layer["kernel_initializer"])
            modules.append(linear)
            multiplications += features * layer["units"] * (2 if first else 3)
            features, first = layer["units"], False
        elif kind == "conv2d":
            expect_keys(layer, ["type", "name", "filters", "kernel_size", "padding", "activation", "kernel_initializer"], kind)
            size, filters = layer["kernel_size"], layer["filters"]
            if layer["padding"] != "same":
                raise UnknownToPeer("padding other than same")
            convolution = nn.Conv2d(channels, filters, size, padding=size // 2)
            initialize(convolution.weight, convolution.bias, layer["kernel_initializer"])
            modules.append(convolution)
            multiplications += height * width * filters * size * size * channels * (2 if first else 3)
            channels, first = filters, False
        elif kind == "max_pooling2d":
            expect_keys(layer, ["type", "name", "pool_size"], kind)
            modules.append(nn.MaxPool2d(layer["pool_size"]))
            height, width = height // layer["pool_size"], width // layer["pool_size"]
        else:
            raise UnknownToPeer(f"layer type {kind}")

        activation = layer.get("activation", "linear")
        last = position == len(model["layers"]) - 1
        if activation == "relu":
            modules.append(nn.ReLU(inplace=True))
        elif not (activation == "linear" or (activation == "softmax" and last)):
            raise UnknownToPeer(f"activation {activation}")
    if document["train"]["loss"] != "cross_entropy":
        raise UnknownToPeer("loss other than cross_entropy")
    return nn.Sequential(*modules), multiplications, convolutional


def make_optimizer(parameters, settings, variant):
    """`variant`: torch's implementations of the same update: a plain loop, `foreach`, or `fused`."""
    rate = float(settings["learning_rate"])
    flags = {"foreach": variant == "foreach", "fused": variant == "fused"}
    if settings["type"] == "sgd":
        expect_keys(settings, ["type", "learning_rate"], "sgd")
        return torch.optim.SGD(parameters, lr=rate, **flags)
    if settings["type"] == "adam":
        expect_keys(settings, ["type", "learning_rate", "epsilon"], "adam")
        return torch.optim.Adam(parameters, lr=rate, eps=float(settings["epsilon"]), **flags)
    raise UnknownToPeer(f"optimizer {settings['type']}")


class Contender:
    """One way of running the same network in torch: a memory format and an implementation of the optimizer."""

    def __init__(self, network, settings, memory_format, variant, half):
        self.name = f"{variant}, channels last" if memory_format == torch.channels_last else variant
        self.half = half
        self.memory_format = memory_format
        self.variant = variant
        self.network = copy.deepcopy(network).to(memory_format=memory_format)
        self.optimizer = make_optimizer(self.network.parameters(), settings, variant)
        self.loss = nn.CrossEntropyLoss()

    def step(self, images, labels):
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.half):
            loss = self.loss(self.network(images), labels)
        loss.backward()
        self.optimizer.step()

    def epoch(self, images, labels, batch_size, steps=None):
        """Seconds of one epoch, or of its first `steps` steps: shuffling, batches, forward, loss, backward, update."""
        start = time.perf_counter()
        order = torch.randperm(len(labels))
        for count, batch in enumerate(order.split(batch_size)):
            if count == steps:
                break
            self.step(images.index_select(0, batch), labels.index_select(0, batch))
        return time.perf_counter() - start


def choose_contender(network, document, images, labels, batch_size, convolutional, half):
    """The fastest of torch's own variants, each given a few steps in turn; returns it with fresh weights.

    The trials also warm torch up: it makes its threads and its oneDNN kernels at the first step.
    """
    settings = document["train"]["optimizer"]
    formats = [torch.contiguous_format, torch.channels_last] if convolutional else [torch.contiguous_format]
    contenders = [
        Contender(network, settings, memory_format, variant, half)
        for memory_format, variant in itertools.product(formats, ["plain", "foreach", "fused"])
    ]
    trials = [[] for _ in contenders]
    for _ in range(4):
        for contender, seconds in zip(contenders, trials):
            seconds.append(contender.epoch(images, labels, batch_size, steps=6))
    # The first round is the warm-up.
    best = min(zip(contenders, trials), key=lambda pair: min(pair[1][1:]))[0]
    return Contender(network, settings, best.memory_format, best.variant, half)


@torch.no_grad()
def accuracy(network, images, labels):
    network.eval()
    right = sum(
        (network(part).argmax(1) == truth).sum().item()
        for part, truth in zip(images.split(1000), labels.split(1000))
    )
    return right / len(labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--examples", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32", help="bf16: products by autocast, weights and updates in fp32")
    parser.add_argument("--each-epoch", action="store_true", help="the accuracy after every epoch, and not the last alone")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    document = yaml.safe_load(arguments.model.read_text())
    network, multiplications, convolutional = build(document)
    batch_size = document["train"]["batch_size"]

    def tensors(split, limit):
        images, labels = fashion_mnist.load(arguments.data, split, limit)
        images = torch.from_numpy(images)
        shape = (-1, 1, 28, 28) if convolutional else (-1, 784)
        return images.view(shape), torch.from_numpy(labels)

    images, labels = tensors("train", arguments.examples)
    test = tensors("t10k", None)
    contender = choose_contender(network, document, images, labels, batch_size, convolutional, arguments.precision == "bf16")
    seconds, accuracies = [], []
    for epoch in range(arguments.epochs):
        contender.network.train()
        seconds.append(contender.epoch(images, labels, batch_size))
        if arguments.each_epoch or epoch == arguments.epochs - 1:
            accuracies.append(accuracy(contender.network, *test))
    json.dump(
        {
            "version": torch.__version__,
            "seconds": seconds,
            "accuracy": accuracies[-1],
            "accuracies": accuracies,
            "multiplications_per_example": multiplications,
            "variant": contender.name,
        },
        sys.stdout,
    )
    print()


if __name__ == "__main__":
    try:
        main()
    except UnknownToPeer as problem:
        sys.exit(f"torch_peer.py: {problem}")
