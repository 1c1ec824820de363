"""Reference values for factor models, from scikit-learn, numpy and scipy, into factor-models.json.

Run with numpy, scipy and scikit-learn installed: python generate_factor_models.py
"""

import json
import warnings
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA, FactorAnalysis

warnings.filterwarnings("ignore")
random = np.random.default_rng(7)


def draw(N, D, L, isotropic=False):
    W = random.normal(size=(D, L))
    psi = np.full(D, 0.4) if isotropic else random.uniform(0.3, 1.0, size=D)
    x = 2 + random.normal(size=(N, L)) @ W.T + random.normal(size=(N, D)) * np.sqrt(psi)
    return np.round(x, 3)


def log_likelihood(x, mean, covariance):
    """Of what is observed, row by row, by the sub-matrices of a dense covariance."""
    total = 0.0
    for row in x:
        seen = ~np.isnan(row)
        if seen.any():
            total += multivariate_normal.logpdf(row[seen], mean[seen], covariance[np.ix_(seen, seen)])
    return total


def profiled(x, L):
    """Maximum likelihood of factor analysis as R's factanal finds it: the loadings are profiled out, the uniquenesses
    minimise the concentrated discrepancy."""
    S = np.cov(x.T, bias=True)
    D = len(S)

    def loadings(psi):
        root = np.sqrt(psi)
        values, vectors = np.linalg.eigh(S / np.outer(root, root))
        values, vectors = values[::-1], vectors[:, ::-1]
        return root[:, None] * vectors[:, :L] * np.sqrt(np.maximum(values[:L] - 1, 0)), values

    def discrepancy(log_psi):
        _, values = loadings(np.exp(log_psi))
        rest = values[L:]
        return np.sum(rest - np.log(rest)) - (D - L)

    best = minimize(
        discrepancy, np.log(0.5 * np.diag(S)), method="BFGS", options={"gtol": 1e-9, "maxiter": 10000})
    psi = np.exp(best.x)
    W, _ = loadings(psi)
    covariance = W @ W.T + np.diag(psi)
    return psi, covariance, log_likelihood(x, x.mean(axis=0), covariance)


analyses = []
for N, D, L in [(150, 6, 2), (200, 9, 3), (40, 5, 1)]:
    x = draw(N, D, L)
    model = FactorAnalysis(L, tol=1e-12, max_iter=50000, svd_method="lapack").fit(x)
    psi, covariance, value = profiled(x, L)
    analyses.append({
        "factors": L,
        "rows": x.tolist(),
        "scikitLogLikelihood": float(model.score(x) * N),
        "scikitNoise": model.noise_variance_.tolist(),
        "profiledLogLikelihood": float(value),
        "profiledNoise": psi.tolist(),
        "profiledCovariance": covariance.ravel().tolist(),
    })

# Missing cells: the likelihood of what is observed, climbed by a quasi-Newton method from several starts.
incomplete = []
for isotropic in [True, False]:
    N, D, L = 60, 4, 1
    x = draw(N, D, L, isotropic)
    x[random.uniform(size=x.shape) < 0.2] = np.nan

    def unpack(v):
        mean, W = v[:D], v[D:D + D * L].reshape(D, L)
        psi = np.exp(v[D + D * L:])
        return mean, W @ W.T + np.diag(np.full(D, psi[0]) if isotropic else psi)

    best = None
    for _ in range(4):
        start = np.concatenate([
            np.nanmean(x, axis=0), random.normal(size=D * L), np.log(np.full(1 if isotropic else D, 0.5))])
        found = minimize(
            lambda v: -log_likelihood(x, *unpack(v)), start, method="BFGS", options={"gtol": 1e-6})
        if best is None or found.fun < best.fun:
            best = found
    mean, covariance = unpack(best.x)
    incomplete.append({
        "isotropic": isotropic,
        "factors": L,
        "rows": [[None if np.isnan(v) else v for v in row] for row in x.tolist()],
        "logLikelihood": float(-best.fun),
        "mean": mean.tolist(),
        "covariance": covariance.ravel().tolist(),
    })

# The axes of scikit-learn's PCA are those of probabilistic PCA.
x = draw(50, 7, 3, isotropic=True)
pca = PCA(3, svd_solver="full").fit(x)
axes = {
    "rows": x.tolist(),
    "axes": pca.components_.tolist(),
    # With N in the denominator, as the maximum likelihood has it.
    "eigenvalues": (pca.explained_variance_ * 49 / 50).tolist(),
    "noise": float(pca.noise_variance_ * 49 / 50),
}

Path(__file__).with_name("factor-models.json").write_text(
    json.dumps({"analyses": analyses, "incomplete": incomplete, "pca": axes}))
