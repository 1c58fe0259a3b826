"""Fashion-MNIST from the IDX files of the Debian package dataset-fashion-mnist, for the torch side."""

import gzip

import numpy


def load(folder, split, limit):
    """Images as float32 in 0...1, (count, 784), and labels as int64; `split` is `train` or `t10k`."""
    with gzip.open(folder / f"{split}-images-idx3-ubyte.gz") as file:
        images = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 784)
    with gzip.open(folder / f"{split}-labels-idx1-ubyte.gz") as file:
        labels = numpy.frombuffer(file.read(), numpy.uint8, offset=8)
    assert len(images) == len(labels)
    return images[:limit].astype(numpy.float32) / 255, labels[:limit].astype(numpy.int64)
