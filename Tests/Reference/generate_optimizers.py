"""The first ten steps of optimisers, by optax in double precision.

    python generate_optimizers.py          writes optimizers.json

The gradients are fixed numbers, those of what is climbed: optax descends, so it is given their negatives. Adagrad of optax
has its epsilon below the root, where 1e-30 is what 1e-15 is beside it.
"""
import json, os
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
import optax

HERE = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(41)
start = rng.normal(size=5)
gradients = rng.normal(size=(10, 5)) * np.array([1e-3, 0.1, 1, 10, 1000])
gradients[3:5, 2] = 0

cases = {
    "sgd": optax.sgd(0.05),
    "momentum": optax.sgd(0.05, momentum=0.9),
    "nesterov": optax.sgd(0.05, momentum=0.8, nesterov=True),
    "adagrad": optax.adagrad(0.05, initial_accumulator_value=0.0, eps=1e-30),
    "rmsprop": optax.rmsprop(0.05, decay=0.9, eps=1e-3, eps_in_sqrt=False),
    "adadelta": optax.adadelta(1.0, rho=0.9, eps=1e-6),
    "adam": optax.adam(0.05, b1=0.9, b2=0.999, eps=1e-3),
    "adamw": optax.adamw(0.05, b1=0.8, b2=0.99, eps=1e-8, weight_decay=0.1),
}
steps = {}
for name, rule in cases.items():
    p = jnp.asarray(start)
    state = rule.init(p)
    path = []
    for g in gradients:
        updates, state = rule.update(-jnp.asarray(g), state, p)
        p = optax.apply_updates(p, updates)
        path.append(np.asarray(p).tolist())
    steps[name] = path
out = {"optax": optax.__version__, "start": start.tolist(), "gradients": gradients.tolist(), "steps": steps}
with open(os.path.join(HERE, "optimizers.json"), "w") as f:
    json.dump(out, f, indent=1)
    f.write("\n")
