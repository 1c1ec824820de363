"""Reference values for the distributions, from scipy and numpy, into distributions.json.

Run with numpy and scipy installed: python generate_distributions.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.stats import dirichlet, invgamma, invwishart, multivariate_normal

random = np.random.default_rng(7)


def covariance(D, scale=1.0):
    a = random.normal(size=(D, D))
    return scale * (a @ a.T / D + 0.5 * np.eye(D))


def dirichlet_case(alpha):
    x = random.dirichlet(np.maximum(alpha, 0.5))
    x = x / x.sum()
    return {"concentration": list(alpha), "weights": x.tolist(), "logDensity": float(dirichlet(alpha).logpdf(x))}


def gamma_case(shape, scale, value):
    return {"shape": shape, "scale": scale, "value": value, "logDensity": float(invgamma(shape, scale=scale).logpdf(value))}


def wishart_case(D, nu, scale):
    psi, sigma = covariance(D, scale), covariance(D, scale)
    return {
        "degreesOfFreedom": nu,
        "scale": psi.tolist(),
        "value": sigma.tolist(),
        "logDensity": float(invwishart(df=nu, scale=psi).logpdf(sigma)),
        "mode": (psi / (nu + D + 1)).tolist(),
    }


def normal_case(D, scale):
    m1, m2 = random.normal(size=(2, D)) * np.sqrt(scale)
    s1, s2 = covariance(D, scale), covariance(D, scale)
    x = random.normal(size=(4, D)) * np.sqrt(scale) * 2
    inverse = np.linalg.inv(s2)
    divergence = 0.5 * (
        np.trace(inverse @ s1)
        + (m2 - m1) @ inverse @ (m2 - m1)
        - D
        + np.linalg.slogdet(s2)[1]
        - np.linalg.slogdet(s1)[1]
    )
    return {
        "mean": m1.tolist(),
        "covariance": s1.tolist(),
        "otherMean": m2.tolist(),
        "otherCovariance": s2.tolist(),
        "rows": x.tolist(),
        "logDensity": np.atleast_1d(multivariate_normal(m1, s1).logpdf(x if D > 1 else x[:, 0])).tolist(),
        "entropy": float(multivariate_normal(m1, s1).entropy()),
        "divergence": float(divergence),
    }


Path(__file__).with_name("distributions.json").write_text(
    json.dumps(
        {
            "dirichlet": [
                dirichlet_case(a) for a in ([1.0, 1.0], [2.0, 3.0, 0.5], [10.0] * 5, [0.1, 0.2], [300.0, 1.0, 7.5, 20.0])
            ],
            "inverseGamma": [
                gamma_case(a, b, v)
                for a in (0.5, 2.0, 40.0)
                for b in (1e-3, 1.0, 500.0)
                for v in (1e-2, 0.7, 30.0)
            ],
            "inverseWishart": [
                wishart_case(D, nu, scale) for D, nu in ((1, 0.7), (2, 1.5), (3, 5.0), (6, 30.0)) for scale in (1.0, 1e-4)
            ],
            "normal": [normal_case(D, scale) for D in (1, 2, 5, 17) for scale in (1.0, 1e6)],
        }
    )
    + "\n"
)
