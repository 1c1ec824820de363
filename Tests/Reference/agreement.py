"""Writes agreement.json: partitions, and what scikit-learn says about them."""

import json
import pathlib

import numpy
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

rng = numpy.random.default_rng(20261122)


def case(name, labels, clusters):
    labels, clusters = [int(v) for v in labels], [int(v) for v in clusters]
    majority = contingency_matrix(labels, clusters).max(axis=0).sum() / len(labels)
    return {
        "name": name,
        "labels": labels,
        "clusters": clusters,
        "adjustedRandIndex": float(adjusted_rand_score(labels, clusters)),
        "normalizedMutualInformation": float(normalized_mutual_info_score(labels, clusters)),
        "majorityAccuracy": float(majority),
    }


truth = rng.integers(0, 10, 400)
noisy = numpy.where(rng.random(400) < 0.7, (truth + 3) % 10, rng.integers(0, 12, 400))
cases = [
    case("same", [0, 0, 1, 1, 2], [0, 0, 1, 1, 2]),
    case("renamed", [0, 0, 1, 1, 2], [7, 7, 3, 3, 5]),
    case("small", [0, 0, 1, 1, 2, 2], [0, 0, 1, 2, 2, 2]),
    case("worse than chance", [0, 0, 1, 1], [0, 1, 0, 1]),
    case("one cluster", [0, 0, 1, 1, 2], [0, 0, 0, 0, 0]),
    case("one label", [0, 0, 0, 0], [0, 1, 1, 2]),
    case("one of each", [4, 4, 4], [1, 1, 1]),
    case("all apart", [0, 1, 2, 3], [3, 2, 1, 0]),
    case("independent", rng.integers(0, 5, 300), rng.integers(0, 4, 300)),
    case("noisy", truth, noisy),
]
path = pathlib.Path(__file__).with_name("agreement.json")
path.write_text(json.dumps(cases) + "\n")
