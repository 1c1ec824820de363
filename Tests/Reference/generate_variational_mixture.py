"""Fixed points of variational Bayes for Gaussian mixtures, from scikit-learn, into variational-mixture.json.

Only full covariances can be compared: for the other structures scikit-learn takes the expectations of a Wishart density
in place of the gamma densities', and shares the degrees of freedom of a tied precision among the components.

Run with numpy and scikit-learn installed: python generate_variational_mixture.py
"""

import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.mixture import BayesianGaussianMixture

warnings.simplefilter("ignore")


def data(seed, D):
    random = np.random.default_rng(seed)
    parts = []
    for count in (50, 30, 12):
        a = random.normal(size=(D, D))
        parts.append(random.normal(size=(count, D)) @ a.T * 0.6 + 3 * random.normal(size=D))
    return np.round(np.concatenate(parts), 4)


def case(seed, D, K, kind, concentration):
    x = data(seed, D)
    prior_mean = np.round(x.mean(axis=0), 2)
    prior_scale = np.round(0.5 * np.cov(x.T) + 0.1 * np.eye(D), 4)

    def fitted(responsibilities):
        model = BayesianGaussianMixture(
            n_components=K, covariance_type="full", tol=1e-13, reg_covar=0, max_iter=3000,
            weight_concentration_prior_type=kind, weight_concentration_prior=concentration,
            mean_precision_prior=0.2, mean_prior=prior_mean, degrees_of_freedom_prior=D + 1.5,
            covariance_prior=prior_scale, random_state=seed)
        if responsibilities is not None:
            model._initialize_parameters = lambda X, *_, **__: model._initialize(X, responsibilities)
        return model.fit(x)

    model = fitted(None)
    for _ in range(3):  # a process has its largest components first
        r = model.predict_proba(x)
        order = np.argsort(-r.sum(axis=0), kind="stable")
        if kind == "dirichlet_distribution" or (order == np.arange(K)).all():
            break
        model = fitted(r[:, order])
    concentrations = model.weight_concentration_
    return {
        "rows": x.tolist(),
        "priorMean": prior_mean.tolist(),
        "priorScale": prior_scale.tolist(),
        "meanPrecision": 0.2,
        "degreesOfFreedom": D + 1.5,
        "concentration": concentration,
        "isProcess": kind == "dirichlet_process",
        "weights": [c.tolist() for c in concentrations] if isinstance(concentrations, tuple) else [concentrations.tolist()],
        "means": model.means_.tolist(),
        "meanPrecisions": model.mean_precision_.tolist(),
        "degrees": model.degrees_of_freedom_.tolist(),
        "covariances": model.covariances_.tolist(),
        "iterations": int(model.n_iter_),
    }


cases = [
    case(seed, D, K, kind, concentration)
    for seed, D, K, kind, concentration in [
        (1, 2, 3, "dirichlet_distribution", 0.5),
        (2, 3, 5, "dirichlet_distribution", 0.01),
        (3, 2, 3, "dirichlet_process", 1.0),
        (4, 4, 6, "dirichlet_process", 0.3),
    ]
]
path = Path(__file__).parent / "variational-mixture.json"
path.write_text(json.dumps({"scikitLearn": sklearn.__version__, "cases": cases}) + "\n")
