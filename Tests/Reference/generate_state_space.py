"""Linear Gaussian state spaces by statsmodels, for Tests/LatentModelsTests/Sequences: state-space.json.

pip install numpy==2.4.6 statsmodels==0.15.0; python generate_state_space.py
"""

import json
import pathlib

import numpy as np
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother


def case(seed, latent, columns, frames, missing, full):
    random = np.random.default_rng(seed)

    def covariance(n):
        a = random.normal(size=(n, n))
        return a @ a.T / n + 0.3 * np.eye(n)

    m, p = random.normal(size=latent), covariance(latent)
    a = 0.8 * np.linalg.qr(random.normal(size=(latent, latent)))[0]
    b = random.normal(size=(latent, 1))
    q = covariance(latent)
    c, d = random.normal(size=(columns, latent)), random.normal(size=columns)
    r = covariance(columns) if full else np.diag(random.uniform(0.2, 1, columns))
    u = random.normal(size=(frames, 1))
    z = random.multivariate_normal(m, p)
    x = np.empty((frames, columns))
    for t in range(frames):
        x[t] = c @ z + d + random.multivariate_normal(np.zeros(columns), r)
        z = a @ z + b @ u[t] + random.multivariate_normal(np.zeros(latent), q)
    if missing:
        x[random.uniform(size=x.shape) < 0.2] = np.nan
        x[5] = np.nan

    k = KalmanSmoother(k_endog=columns, k_states=latent, loglikelihood_burn=0)
    k.bind(x.copy())
    k["design"], k["obs_intercept"], k["obs_cov"] = c, d[:, None], r
    k["transition"], k["selection"], k["state_cov"] = a, np.eye(latent), q
    k["state_intercept"] = b @ u.T
    k.initialize_known(m, p)
    k.tolerance = 0
    s = k.smooth()
    # Cov(z[t + 1], z[t]) given all frames is the smoothed state autocovariance.
    return {
        "initialMean": m.tolist(), "initialCovariance": p.tolist(), "transition": a.tolist(), "control": b.tolist(),
        "transitionNoise": q.tolist(), "emission": c.tolist(), "offset": d.tolist(), "emissionNoise": r.tolist(),
        "controls": u.tolist(),
        "frames": [[None if np.isnan(v) else v for v in row] for row in x.tolist()],
        "logLikelihood": float(s.llf),
        "filteredMeans": s.filtered_state.T.tolist(),
        "filteredCovariances": s.filtered_state_cov.transpose(2, 0, 1).reshape(frames, -1).tolist(),
        "smoothedMeans": s.smoothed_state.T.tolist(),
        "smoothedCovariances": s.smoothed_state_cov.transpose(2, 0, 1).reshape(frames, -1).tolist(),
    }


cases = [
    case(1, 2, 3, 40, False, True), case(2, 3, 2, 60, True, True), case(3, 4, 8, 50, True, False),
    case(4, 1, 1, 200, False, False),
]
out = pathlib.Path(__file__).with_name("state-space.json")
out.write_text(json.dumps(cases) + "\n")
