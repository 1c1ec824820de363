"""Hidden Markov models by hmmlearn, for Tests/LatentModelsTests/Sequences: hidden-markov.json.

pip install numpy==2.4.6 hmmlearn==0.3.3; python generate_hidden_markov.py
"""

import json
import pathlib

import numpy as np
from hmmlearn.hmm import GaussianHMM

NAMES = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}
STEPS = 5


def parameters(m, name):
    covariances = m._covars_.reshape(len(m.means_), -1)[:, 0] if name == "spherical" else m._covars_
    return {
        "initial": m.startprob_.tolist(),
        "transitions": m.transmat_.tolist(),
        "means": m.means_.tolist(),
        "covariances": np.asarray(covariances).reshape(-1).tolist(),
    }


def case(name, seed):
    random = np.random.default_rng(seed)
    states, columns, lengths = 3, 2, [30, 1, 12, 25]
    centres = 2 * random.normal(size=(states, columns))
    z = np.repeat(random.integers(states, size=sum(lengths) // 4 + 1), 4)[: sum(lengths)]
    x = centres[z] + random.normal(size=(sum(lengths), columns))

    def model():
        return GaussianHMM(
            states, NAMES[name], covars_prior=0, covars_weight=0, n_iter=1, tol=-np.inf, init_params="",
            implementation="log")

    m = model()
    m.startprob_ = random.dirichlet(np.ones(states))
    m.transmat_ = random.dirichlet(np.ones(states), size=states)
    m.means_ = centres + 0.5 * random.normal(size=centres.shape)
    m.n_features = columns
    m._covars_ = {
        "full": np.tile(np.eye(columns) * 1.5, (states, 1, 1)),
        "tied": np.eye(columns) * 1.5,
        "diagonal": np.full((states, columns), 1.5),
        "spherical": np.full(states, 1.5),
    }[name]
    start = parameters(m, name)
    likelihoods = [m.score(x, lengths)]
    for _ in range(STEPS):
        m.fit(x, lengths)
        likelihoods.append(m.score(x, lengths))
    log_joint, path = m.decode(x, lengths)
    return {
        "structure": name, "lengths": lengths, "rows": x.tolist(), "start": start, "after": parameters(m, name),
        "logLikelihoods": likelihoods, "posterior": m.predict_proba(x, lengths).tolist(), "path": path.tolist(),
        "pathLogJoint": log_joint,
    }


out = pathlib.Path(__file__).with_name("hidden-markov.json")
out.write_text(json.dumps([case(name, seed) for seed, name in enumerate(NAMES)]) + "\n")
