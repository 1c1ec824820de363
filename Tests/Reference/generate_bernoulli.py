"""Maxima of the likelihood of three Bernoulli components for 600 digits, by plain EM in numpy from random starts.

    python generate_bernoulli.py        writes bernoulli-digits.json

The data: the first 600 images of the digits 2, 3 and 4 in the embedded sample of MNIST, 1 where grey > 1/2.
Needs numpy, scikit-learn (for the adjusted Rand index).
"""
import gzip, json, os
import numpy as np
from sklearn.metrics import adjusted_rand_score

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "../../Sources/CLatentResources/Data")


def load(name, header):
    with gzip.open(os.path.join(DATA, name)) as f:
        return np.frombuffer(f.read()[header:], dtype=np.uint8)


images = load("mnist-sample-train-images.gz", 16).reshape(-1, 784)
labels = load("mnist-sample-train-labels.gz", 8)
chosen = np.flatnonzero(np.isin(labels, [2, 3, 4]))[:600]
x = (images[chosen] / 255 > 0.5).astype(float)
y = labels[chosen]
N, D = x.shape


def em(mu, pi, tolerance=1e-9):
    last = -np.inf
    while True:
        with np.errstate(divide="ignore"):
            one, zero = np.log(mu), np.log1p(-mu)
        joint = np.log(pi)[None, :].repeat(N, 0)
        for k in range(len(pi)):
            joint[:, k] += np.where(x == 1, one[k], zero[k]).sum(1)
        top = joint.max(1, keepdims=True)
        evidence = top + np.log(np.exp(joint - top).sum(1, keepdims=True))
        value = evidence.sum()
        r = np.exp(joint - evidence)
        if value - last < tolerance * abs(value):
            return value, r
        last = value
        R = r.sum(0)
        pi, mu = R / N, np.clip(r.T @ x / R[:, None], 0, 1)


rng = np.random.default_rng(1)
found = []
for start in range(40):
    mean = x.mean(0)
    if start % 2:
        mu = rng.uniform(0.25, 0.75, (3, D))
    else:
        mu = 0.25 * x[rng.choice(N, 3, replace=False)] + 0.75 * (x.sum(0) + 1) / (N + 2)
    value, r = em(mu, np.full(3, 1 / 3))
    clusters = r.argmax(1)
    right = sum(np.bincount(y[clusters == k]).max() for k in range(3) if (clusters == k).any())
    found.append((value / N, adjusted_rand_score(y, clusters), right / N))
found.sort(reverse=True)
print(*found, sep="\n")
best = found[0]
with open(os.path.join(HERE, "bernoulli-digits.json"), "w") as f:
    json.dump({"bound per image": best[0], "adjusted Rand index": best[1], "majority accuracy": best[2],
               "starts": len(found)}, f, indent=1)
    f.write("\n")
