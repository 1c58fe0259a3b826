"""One run of PyTorch with a full softmax over very many labels; prints one JSON object. Run by labels.py, which says what the arguments are."""

import json
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn


def read(path):
    with open(path) as file:
        count, features, labels = map(int, file.readline().split())
        rows = []
        for line in file:
            own, *entries = line.split()
            pairs = [entry.split(":") for entry in entries]
            rows.append((torch.tensor([int(l) for l in own.split(",")]), torch.tensor([int(f) for f, _ in pairs]), torch.tensor([float(v) for _, v in pairs])))
    return rows, features, labels


class Network(nn.Module):
    def __init__(self, features, hidden, labels, sparse):
        super().__init__()
        self.first = nn.EmbeddingBag(features, hidden, mode="sum", sparse=sparse)
        nn.init.normal_(self.first.weight, std=(2 / (features + hidden)) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(hidden))
        self.out = nn.Linear(hidden, labels)

    def tail(self, x, rows, labels, weights):
        logits = self.out(torch.relu(x + self.bias))
        return -(torch.log_softmax(logits, 1)[rows, labels] * weights).sum() / x.shape[0]


def batch_of(rows):
    lengths = torch.tensor([len(f) for _, f, _ in rows])
    offsets = torch.cumsum(lengths, 0) - lengths
    labels = torch.cat([l for l, _, _ in rows])
    counts = torch.tensor([len(l) for l, _, _ in rows])
    index = torch.repeat_interleave(torch.arange(len(rows)), counts)
    return torch.cat([f for _, f, _ in rows]), torch.cat([v for _, _, v in rows]), offsets, index, labels, 1 / counts[index]


def main():
    folder, hidden, size, rate, threads, steps, variant, epochs = sys.argv[1:]
    is_sparse, is_compiled = "sparse" in variant, "compiled" in variant
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    rows, features, labels = read(Path(folder) / "train")
    network = Network(features, int(hidden), labels, is_sparse)
    rest = [network.bias, *network.out.parameters()]
    optimizers = [torch.optim.Adam(rest if is_sparse else [network.first.weight, *rest], lr=float(rate), fused=True)]
    if is_sparse:
        optimizers.append(torch.optim.SparseAdam([network.first.weight], lr=float(rate)))
    tail = torch.compile(network.tail, dynamic=True) if is_compiled else network.tail

    def step(part):
        f, v, offsets, index, own, weights = batch_of(part)
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        tail(network.first(f, offsets, v), index, own, weights).backward()
        for optimizer in optimizers:
            optimizer.step()

    size = int(size)
    order = torch.randperm(len(rows)).tolist()
    parts = [[rows[i] for i in order[k:k + size]] for k in range(0, len(rows) - size + 1, size)]
    for part in parts[:4]:
        step(part)
    seconds = []
    for part in parts[4:4 + int(steps)]:
        start = time.perf_counter()
        step(part)
        seconds.append(time.perf_counter() - start)
    precision = None
    if int(epochs):
        for part in parts[4 + int(steps):]:
            step(part)
        for _ in range(int(epochs) - 1):
            order = torch.randperm(len(rows)).tolist()
            for k in range(0, len(rows), size):
                step([rows[i] for i in order[k:k + size]])
        test, _, _ = read(Path(folder) / "test")
        right = 0
        with torch.no_grad():
            for k in range(0, len(test), size):
                part = test[k:k + size]
                f, v, offsets, *_ = batch_of(part)
                best = network.out(torch.relu(network.first(f, offsets, v) + network.bias)).argmax(1)
                right += sum(int(b in l) for b, (l, _, _) in zip(best, part))
        precision = 100 * right / len(test)
    print(json.dumps({"step": statistics.median(seconds), "precision": precision}))


main()
