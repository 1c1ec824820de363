"""EM of Gaussian mixtures with missing cells in plain numpy and scipy, row by row, into missing.json.

Run with numpy and scipy installed: python generate_missing.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import multivariate_normal

random = np.random.default_rng(31)


def expectation(x, weights, theta):
    """Log likelihood of the observed cells, and the expected statistics."""
    pi, means, covariances = theta
    K, D = means.shape
    counts, first, second = np.zeros(K), np.zeros((K, D)), np.zeros((K, D, D))
    total = 0.0
    for row, w in zip(x, weights):
        o, m = np.flatnonzero(~np.isnan(row)), np.flatnonzero(np.isnan(row))
        joint = np.log(pi).copy()
        if len(o):
            for k in range(K):
                joint[k] += multivariate_normal.logpdf(row[o], means[k][o], covariances[k][np.ix_(o, o)])
        evidence = np.logaddexp.reduce(joint)
        total += w * evidence
        for k in range(K):
            r = w * np.exp(joint[k] - evidence)
            filled, extra = row.copy(), np.zeros((D, D))
            S = covariances[k]
            gain = S[np.ix_(m, o)] @ np.linalg.inv(S[np.ix_(o, o)]) if len(o) else np.zeros((len(m), 0))
            filled[m] = means[k][m] + gain @ (row[o] - means[k][o])
            extra[np.ix_(m, m)] = S[np.ix_(m, m)] - gain @ S[np.ix_(o, m)]
            counts[k] += r
            first[k] += r * filled
            second[k] += r * (np.outer(filled, filled) + extra)
    return total, (counts, first, second)


def maximisation(structure, statistics):
    counts, first, second = statistics
    K, D = first.shape
    means = first / counts[:, None]
    scatters = [second[k] - counts[k] * np.outer(means[k], means[k]) for k in range(K)]
    if structure == "tied":
        covariances = [sum(scatters) / counts.sum()] * K
    else:
        covariances = [scatters[k] / counts[k] for k in range(K)]
    if structure == "diagonal":
        covariances = [np.diag(np.diag(c)) for c in covariances]
    if structure == "spherical":
        covariances = [np.trace(c) / D * np.eye(D) for c in covariances]
    return counts / counts.sum(), means, np.array(covariances)


def plain(values):
    return np.asarray(values).tolist()


cases = []
for structure in ["full", "tied", "diagonal", "spherical"]:
    K, D, N = 2, 4, 60
    x = np.concatenate([random.normal(0, 1, (N // 2, D)), random.normal(2, 1.5, (N // 2, D))])
    x[:, 1] += 0.8 * x[:, 0]
    x[random.random(x.shape) < 0.2] = np.nan
    x[5] = np.nan
    weights = random.integers(1, 9, N) / 4
    theta = (np.array([0.4, 0.6]), np.array([[0.0] * D, [2.0] * D]), np.array([np.eye(D), 2 * np.eye(D)]))
    if structure == "tied":
        theta = (theta[0], theta[1], np.array([1.5 * np.eye(D)] * K))
    start = theta
    trace = []
    for _ in range(15):
        bound, statistics = expectation(x, weights, theta)
        trace.append(bound)
        last = theta
        theta = maximisation(structure, statistics)
    cases.append(
        {
            "structure": structure,
            "rows": [[None if np.isnan(v) else v for v in row] for row in plain(x)],
            "weights": plain(weights),
            "startVariances": [float(c[0, 0]) for c in start[2]],
            "bounds": trace,
            "pi": plain(last[0]),
            "means": plain(last[1]),
            "covariances": plain(last[2]),
        }
    )
Path(__file__).with_name("missing.json").write_text(json.dumps({"cases": cases}, indent=1))
