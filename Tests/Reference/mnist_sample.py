"""Writes mnist_sample.json: a few sums of the first rows of MNIST's files, taken from the originals by numpy.

    python3 Tests/Reference/mnist_sample.py FOLDER_WITH_MNIST
"""

import gzip
import json
import pathlib
import sys

import numpy as np


def part(folder, prefix, count):
    images = gzip.decompress((folder / f"{prefix}-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / f"{prefix}-labels-idx1-ubyte.gz").read_bytes())
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)[:count].astype(int)
    digits = np.frombuffer(labels, np.uint8, offset=8)[:count]
    return {
        "firstLabels": digits[:20].tolist(),
        "labelCounts": np.bincount(digits, minlength=10).tolist(),
        "pixelSum": int(pixels.sum()),
        "rowSums": pixels[:20].sum(axis=1).tolist(),
    }


folder = pathlib.Path(sys.argv[1])
result = {"train": part(folder, "train", 5000), "test": part(folder, "t10k", 1000)}
path = pathlib.Path(__file__).with_name("mnist_sample.json")
path.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
