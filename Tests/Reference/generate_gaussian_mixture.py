"""Reference values for Gaussian mixtures, from scikit-learn and scipy, into gaussian-mixture.json.

Run with numpy, scipy and scikit-learn installed: python generate_gaussian_mixture.py
"""

import json
import warnings
from pathlib import Path

import numpy as np
from scipy.special import logsumexp
from scipy.stats import dirichlet, invgamma, invwishart, multivariate_normal
from sklearn.mixture import GaussianMixture

warnings.filterwarnings("ignore")
random = np.random.default_rng(20)
NAMES = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}


def covariance(D):
    a = random.normal(size=(D, D))
    return a @ a.T / D + 0.5 * np.eye(D)


def covariances(structure, K, D):
    if structure == "full":
        return np.array([covariance(D) for _ in range(K)])
    if structure == "tied":
        return covariance(D)
    return random.uniform(0.5, 2, size=(K, D) if structure == "diagonal" else K)


def dense(structure, values, k, D):
    if structure == "full":
        return values[k]
    if structure == "tied":
        return values
    return np.diag(values[k] if structure == "diagonal" else np.repeat(values[k], D))


def precisions(structure, values):
    return np.linalg.inv(values) if structure in ("full", "tied") else 1 / values


def parameters(model):
    return {
        "weights": model.weights_.tolist(),
        "means": model.means_.tolist(),
        "covariances": np.ravel(model.covariances_).tolist(),
    }


def step(structure, N, D, K):
    """One EM step from a fixed start, and the likelihoods before and after."""
    x = np.round(random.normal(size=(N, D)) * 2 + random.integers(0, 3, size=(N, 1)) * 2.5 + 10, 3)
    start = {
        "weights": random.dirichlet(np.full(K, 4.0)),
        "means": x[random.choice(N, K, replace=False)],
        "covariances": covariances(structure, K, D),
    }
    model = GaussianMixture(
        K,
        covariance_type=NAMES[structure],
        reg_covar=0,
        max_iter=1,
        weights_init=start["weights"],
        means_init=start["means"],
        precisions_init=precisions(structure, start["covariances"]),
    ).fit(x)
    before = sum(
        logsumexp(
            [
                np.log(start["weights"][k])
                + multivariate_normal(start["means"][k], dense(structure, start["covariances"], k, D)).logpdf(row)
                for k in range(K)
            ]
        )
        for row in x
    )
    return {
        "structure": structure,
        "rows": x.tolist(),
        "start": {
            "weights": start["weights"].tolist(),
            "means": start["means"].tolist(),
            "covariances": np.ravel(start["covariances"]).tolist(),
        },
        "after": parameters(model),
        "logLikelihoodBefore": float(before),
        "logLikelihoodAfter": float(model.score_samples(x).sum()),
        "logDensityAfter": model.score_samples(x).tolist(),
        "posteriorAfter": model.predict_proba(x).tolist(),
    }


def prior(structure, D, K):
    """ln p(θ) term by term from scipy's distributions."""
    weights = random.dirichlet(np.full(K, 4.0))
    means = random.normal(size=(K, D)) * 3
    values = covariances(structure, K, D)
    centre, kappa, nu, scale = random.normal(size=D), 0.3, D + 2.5, covariance(D) * 0.7
    total = dirichlet(np.ones(K)).logpdf(weights)
    for k in range(K):
        sigma = dense(structure, values, k, D)
        total += multivariate_normal(centre, sigma / kappa).logpdf(means[k])
        if structure == "full":
            total += invwishart(df=nu, scale=scale).logpdf(sigma)
        elif structure == "diagonal":
            total += sum(invgamma(nu / 2, scale=scale[j, j] / 2).logpdf(sigma[j, j]) for j in range(D))
        elif structure == "spherical":
            total += invgamma(nu / 2, scale=np.trace(scale) / D / 2).logpdf(values[k])
    if structure == "tied":
        total += invwishart(df=nu, scale=scale).logpdf(values)
    return {
        "structure": structure,
        "parameters": {"weights": weights.tolist(), "means": means.tolist(), "covariances": np.ravel(values).tolist()},
        "mean": centre.tolist(),
        "meanPrecision": kappa,
        "degreesOfFreedom": nu,
        "scale": scale.tolist(),
        "logDensity": float(total),
    }


Path(__file__).with_name("gaussian-mixture.json").write_text(
    json.dumps(
        {
            "steps": [step(s, N, D, K) for s in NAMES for N, D, K in ((30, 2, 2), (45, 4, 3), (40, 33, 1))],
            "priors": [prior(s, D, K) for s in NAMES for D, K in ((1, 1), (3, 2), (5, 4))],
        },
        allow_nan=False,
    )
    + "\n"
)
