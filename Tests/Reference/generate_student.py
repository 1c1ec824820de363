"""Student densities and maxima of their likelihood, by scipy.

    python generate_student.py          writes student.json

Densities: scipy.stats.multivariate_t, with the marginal's location and scale where cells are missing (null). Maxima: the
log likelihood of one Student density, and of a mixture of two, maximised by BFGS from the truth over location, Cholesky
factor (logarithms on the diagonal), ln nu and log odds: no EM.
"""
import json, os
import numpy as np
from scipy.optimize import minimize
from scipy.stats import multivariate_t

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(20)


def logpdf(x, mu, sigma, nu):
    out = np.zeros(len(x))
    for i, row in enumerate(x):
        o = ~np.isnan(row)
        if o.any():
            out[i] = multivariate_t.logpdf(row[o], mu[o], sigma[np.ix_(o, o)], df=nu)
    return out


def unpack(p, D):
    mu = p[:D]
    L = np.zeros((D, D))
    L[np.tril_indices(D)] = p[D:D + D * (D + 1) // 2]
    L[np.diag_indices(D)] = np.exp(np.diag(L))
    return mu, L @ L.T, np.exp(p[-1])


def pack(mu, sigma, nu):
    L = np.linalg.cholesky(sigma)
    L[np.diag_indices(len(mu))] = np.log(np.diag(L))
    return np.concatenate([mu, L[np.tril_indices(len(mu))], [np.log(nu)]])


def mixture(x, p, K, D):
    size = D + D * (D + 1) // 2 + 1
    logits = np.concatenate([[0], p[K * size:]])
    logpi = logits - np.logaddexp.reduce(logits)
    joint = [logpi[k] + logpdf(x, *unpack(p[k * size:(k + 1) * size], D)) for k in range(K)]
    return np.logaddexp.reduce(joint, axis=0), np.exp(logpi)


def fit(x, truth, weights):
    K, D = len(truth), x.shape[1]
    size = D + D * (D + 1) // 2 + 1
    p = np.concatenate([pack(*t) for t in truth] + [np.log(weights[1:]) - np.log(weights[0])])
    best = None
    for _ in range(3):
        best = minimize(lambda p: -mixture(x, p, K, D)[0].sum(), p, method="BFGS", options={"gtol": 1e-6})
        p = best.x
    parts = [unpack(p[k * size:(k + 1) * size], D) for k in range(K)]
    return {
        "logLikelihood": -best.fun, "weights": mixture(x, p, K, D)[1].tolist(),
        "means": [m.tolist() for m, _, _ in parts], "scales": [s.ravel().tolist() for _, s, _ in parts],
        "degreesOfFreedom": [n for _, _, n in parts],
    }


def table(x):
    return [[None if np.isnan(v) else v for v in row] for row in x.tolist()]


out = {}
mu, sigma = np.array([1.0, -2.0, 0.5]), np.array([[2.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 0.5]])
x = mu + 3 * rng.standard_normal((8, 3))
x[1, 2], x[2, 0], x[2, 1], x[3, :] = np.nan, np.nan, np.nan, np.nan
out["density"] = {
    "means": mu.tolist(), "scale": sigma.ravel().tolist(), "rows": table(x),
    "logDensity": {str(nu): logpdf(x, mu, sigma, nu).tolist() for nu in (0.7, 3.0, 150.0)},
}
truth = [(np.array([0.0, 1.0]), np.array([[1.0, 0.5], [0.5, 2.0]]), 3.0)]
x = np.vstack([multivariate_t.rvs(truth[0][0], truth[0][1], df=3, size=120, random_state=rng)])
out["one"] = {"rows": table(x), **fit(x, truth, [1.0])}
holes = x.copy()
holes[rng.random(x.shape) < 0.15] = np.nan
out["oneMissing"] = {"rows": table(holes), **fit(holes, truth, [1.0])}
truth += [(np.array([6.0, -4.0]), np.array([[1.5, -0.6], [-0.6, 0.7]]), 8.0)]
x = np.vstack([x, multivariate_t.rvs(truth[1][0], truth[1][1], df=4, size=80, random_state=rng)])
out["two"] = {"rows": table(x), **fit(x, truth, [0.6, 0.4])}
for name in ("one", "oneMissing", "two"):
    print(name, {k: v for k, v in out[name].items() if k != "rows"})
with open(os.path.join(HERE, "student.json"), "w") as f:
    json.dump(out, f)
    f.write("\n")
