#!/usr/bin/env python3
"""Times what makes fits faster, or dearer, than a plain EM iteration, and prints Markdown.

    Benchmarks/inference.py SECTION… [--python PYTHON] [--mnist FOLDER] [--before LATENT] [--rounds 5]

SECTION is one of
  variational   one variational iteration against scikit-learn's BayesianGaussianMixture
  missing       one iteration with a tenth of the cells missing against one on the complete table
  acceleration  the time to a bound with Anderson acceleration against plain EM
  sparse        one iteration with 500 components that keeps a row's best few against one that keeps all
  streaming     what three passes of stochastic inference reach of coordinate ascent's bound
  training      steps a second of a variational auto-encoder against JAX's and PyTorch's (needs --peers)
  sequences     one EM iteration of a hidden Markov model against hmmlearn's, and of a linear state space against dynamax's, with
                statsmodels' smoother beside them
  target        the seconds until a test bound of −105 nats an image of MNIST against JAX's (needs --peers and --mnist)
  filter        6,000 updates of a deep variational Bayes filter of pendulums
or all of them. PYTHON has numpy (and scikit-learn for `variational`; hmmlearn, dynamax and statsmodels for `sequences`). LATENT is
another build of latent: `sparse` then
times it too. Every round runs both sides in turn; a ratio is the median over rounds.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LATENT = os.path.join(ROOT, ".build", "release", "latent")

# Rows in a mixture of K Gaussians whose means have the deviation `spread`; a share of the cells is removed. Covariances are unit
# ones where that share is negative.
MIXTURE = """
import numpy, sys
path, n, d, k, spread, missing = sys.argv[1], *map(int, sys.argv[2:5]), *map(float, sys.argv[5:7])
g = numpy.random.default_rng(7)
means = g.normal(size=(k, d)) * spread
factors = g.normal(size=(k, d, d)) / d ** .5 * (missing >= 0) + numpy.eye(d)
z = g.integers(k, size=n)
x = means[z] + numpy.einsum('nij,nj->ni', factors[z], g.normal(size=(n, d)))
x[g.random((n, d)) < missing] = numpy.nan
numpy.save(path, x)
"""

PRINCIPAL = """
import gzip, numpy, sys
x = numpy.frombuffer(gzip.open(sys.argv[1]).read(), numpy.uint8, offset=16).reshape(-1, 784) / 255
x -= x.mean(0)
w, v = numpy.linalg.eigh(x.T @ x / len(x))
numpy.save(sys.argv[2], x @ v[:, ::-1][:, :50])
"""

# Seconds an iteration: the difference of a long run and a short one.
VARIATIONAL = """
import numpy, sys, time, warnings
from sklearn.mixture import BayesianGaussianMixture
warnings.simplefilter('ignore')
x, k, kind = numpy.load(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
def seconds(n):
    m = BayesianGaussianMixture(n_components=k, covariance_type=kind, weight_concentration_prior_type='dirichlet_distribution',
                                init_params='random_from_data', max_iter=n, tol=0, random_state=0)
    start = time.perf_counter(); m.fit(x); return time.perf_counter() - start
short = min(seconds(2) for _ in range(2)); print((seconds(8) - short) / 6)
"""


# 100 sequences of 1,000 frames of a chain of ten states; 1,000 of 100 frames of a state space of four dimensions.
SEQUENCES = """
import numpy, sys
g = numpy.random.default_rng(7)
A = 0.9 * numpy.eye(10) + 0.1 * g.dirichlet(numpy.ones(10), size=10)
means, factors = 2 * g.normal(size=(10, 5)), g.normal(size=(10, 5, 5)) / 5 ** .5 + numpy.eye(5)
z = numpy.zeros((100, 1000), int)
for t in range(1, 1000):
    z[:, t] = (A[z[:, t - 1]].cumsum(1) > g.random((100, 1))).argmax(1)
numpy.save(sys.argv[1], means[z] + numpy.einsum('ntij,ntj->nti', factors[z], g.normal(size=(100, 1000, 5))))
C, s, x = g.normal(size=(8, 4)), g.normal(size=(1000, 4)), numpy.zeros((1000, 100, 8))
R = numpy.linalg.qr(g.normal(size=(4, 4)))[0]
for t in range(100):
    x[:, t] = s @ C.T + .5 * g.normal(size=(1000, 8))
    s = .95 * s @ R.T + .3 * g.normal(size=(1000, 4))
numpy.save(sys.argv[2], x)
"""

HMMLEARN = """
import numpy, sys, time
from hmmlearn import hmm
x, times = numpy.load(sys.argv[1]), []
m = hmm.GaussianHMM(10, covariance_type='full', n_iter=4, tol=-numpy.inf, implementation=sys.argv[2], random_state=0)
step, last = m._do_mstep, [0]
def timed(stats):
    step(stats); times.append(time.perf_counter() - last[0]); last[0] = time.perf_counter()
m._do_mstep = timed
m.fit(x.reshape(-1, x.shape[2]), [x.shape[1]] * len(x))
print(numpy.median(times[1:]))
"""

DYNAMAX = """
import numpy, sys, time, jax, jax.numpy as jnp
jax.config.update('jax_enable_x64', True)
from dynamax.linear_gaussian_ssm import LinearGaussianSSM
x = jnp.array(numpy.load(sys.argv[1]))
model = LinearGaussianSSM(4, x.shape[2])
params, props = model.initialize(jax.random.PRNGKey(0))
state = model.initialize_m_step_state(params, props)
@jax.jit
def step(params, state):
    stats, lls = jax.vmap(lambda e: model.e_step(params, e, None))(x)
    params, state = model.m_step(params, props, stats, state)
    return params, state, lls.sum()
times = []
for _ in range(8):
    start = time.perf_counter()
    params, state, value = step(params, state); value.block_until_ready(); jax.block_until_ready(params)
    times.append(time.perf_counter() - start)
print(numpy.median(times[2:]))
"""

# The smoother of the first fifty sequences, at fixed parameters; statsmodels has no EM of such a model.
STATSMODELS = """
import numpy, sys, time
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother
x, C = numpy.load(sys.argv[1]), numpy.random.default_rng(0).normal(size=(8, 4))
def smooth(y):
    k = KalmanSmoother(k_endog=8, k_states=4, loglikelihood_burn=0)
    k.bind(numpy.ascontiguousarray(y))
    k['design'], k['obs_cov'], k['transition'] = C, .5 * numpy.eye(8), .9 * numpy.eye(4)
    k['selection'], k['state_cov'] = numpy.eye(4), .2 * numpy.eye(4)
    k.initialize_known(numpy.zeros(4), numpy.eye(4))
    return k.smooth().llf
smooth(x[0])
start = time.perf_counter()
for y in x[:50]: smooth(y)
print((time.perf_counter() - start) / 50 * len(x))
"""


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def fit(model, data, *options, program=LATENT):
    return json.loads(run(program, "fit", model, data, "--json", "--quiet", *options))


def steps(data, components, *options, count=30, model="gmm", program=LATENT):
    """Seconds an iteration from random rows, the first left out."""
    return fit(model, data, "--components", components, "--init", "random", "--tolerance", 0, "--max-iterations", count,
               *options, program=program)["secondsPerIteration"]


def rounds_of(count, *sides):
    """Each side's times, in turn."""
    times = [[side() for side in sides] for _ in range(count)]
    print("   ", times, file=sys.stderr)
    return times


def median_ratio(times, a, b):
    return statistics.median(t[a] / t[b] for t in times)


def column(times, i):
    return statistics.median(t[i] for t in times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--mnist", help="a folder with MNIST's train-images-idx3-ubyte.gz")
    parser.add_argument("--before", help="another build of latent")
    parser.add_argument("--peers", help="a folder with vae_jax.py and vae_torch.py; PYTHON has JAX")
    parser.add_argument("--torch", help="a Python that has PyTorch")
    parser.add_argument("--passes", type=int, default=12, help="those of the cosine schedule in `target`")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    sections = {"variational": variational, "missing": missing, "acceleration": acceleration, "sparse": sparse,
                "streaming": streaming, "training": training, "target": target, "filter": filtering,
                "sequences": sequences}
    for name in options.sections or sections:
        if name not in sections:
            parser.error(f"no section {name}: {', '.join(sections)}")
        with tempfile.TemporaryDirectory() as folder:
            print(f"\n### {name}\n", flush=True)
            sections[name](options, folder)


def mixture(options, folder, n, d, k, spread, share=0.0):
    path = os.path.join(folder, f"{n}x{d}-{k}-{spread}-{share}.npy")
    if not os.path.exists(path):
        run(options.python, "-c", MIXTURE, path, n, d, k, spread, share)
    return path


def variational(options, folder):
    print("| one variational iteration | latent | scikit-learn | ratio |\n|---|---|---|---|")
    for n, d, k in [(200_000, 10, 20), (1_000_000, 2, 8)]:
        path = mixture(options, folder, n, d, k, 3)
        for ours, theirs in [("full", "full"), ("diagonal", "diag")]:
            times = rounds_of(
                min(options.rounds, 3),
                lambda: steps(path, k, "--inference", "vb", "--prior", "dirichlet", "--covariance", ours),
                lambda: float(run(options.python, "-c", VARIATIONAL, path, k, theirs)))
            print(f"| {n:,} × {d}, K = {k}, {ours} | {column(times, 0) * 1e3:.1f} ms | {column(times, 1) * 1e3:.0f} ms | "
                  f"**{median_ratio(times, 1, 0):.0f}** |", flush=True)


def missing(options, folder):
    print("| 100,000 × 20, a tenth of the cells missing at random | complete | missing | missing / complete |\n|---|---|---|---|")
    paths = [mixture(options, folder, 100_000, 20, 10, 3, share) for share in (0, .1)]
    cases = [("gmm", name, ["--covariance", name]) for name in ("full", "tied", "diagonal", "spherical")]
    cases += [("gmm", "full, single", ["--precision", "single"]), ("tmm", "full", []), ("mfa", "4 factors", ["--latent", 4])]
    cases += [("fa", "4 factors", ["--latent", 4]), ("gmm", "full, variational", ["--inference", "vb"])]
    for model, name, more in cases:
        if model == "fa":
            side = lambda path: fit("fa", path, "--tolerance", 0, "--max-iterations", 10, *more)["secondsPerIteration"]
        else:
            side = lambda path: steps(path, 10, *more, model=model, count=10)
        times = rounds_of(options.rounds, lambda: side(paths[0]), lambda: side(paths[1]))
        label = f"{model}, {name}" + ("" if model == "fa" else ", K = 10")
        print(f"| {label} | {column(times, 0) * 1e3:.1f} ms | {column(times, 1) * 1e3:.1f} ms | "
              f"**{median_ratio(times, 1, 0):.1f}** |", flush=True)


def acceleration(options, folder):
    print("Unit covariances, means whose deviation is the overlap's: steps and seconds to within 1e-6 nats a row of the lower of the "
          "two limits.\n")
    print("| | plain | Anderson | Anderson / plain |\n|---|---|---|---|")
    for n, d, k, spread in [(100_000, 2, 3, 1.0), (100_000, 5, 4, 1.0), (100_000, 10, 5, .7), (100_000, 5, 8, 1.0)]:
        path = mixture(options, folder, n, d, k, spread, -1.0)
        times = []
        for _ in range(options.rounds):
            fits = [fit("gmm", path, "--components", k, "--prior", "none", "--tolerance", "1e-9", "--max-iterations", 3000,
                        "--acceleration", kind) for kind in ("none", "anderson")]
            target = min(f["bound"] for f in fits) - 1e-6 * n
            reached = [next(i for i, b in enumerate(f["trace"], 1) if b >= target) for f in fits]
            times.append([s * f["secondsPerIteration"] for s, f in zip(reached, fits)])
        print(f"| {n:,} × {d}, K = {k}, overlap {spread} (limits {fits[0]['bound']:,.1f}, {fits[1]['bound']:,.1f}) | "
              f"{reached[0]} steps, {column(times, 0):.2f} s | {reached[1]} steps, {column(times, 1):.2f} s | "
              f"**{median_ratio(times, 1, 0):.2f}** |", flush=True)


def sparse(options, folder):
    if not options.mnist:
        print("needs --mnist")
        return
    path = os.path.join(folder, "principal.npy")
    run(options.python, "-c", PRINCIPAL, os.path.join(options.mnist, "train-images-idx3-ubyte.gz"), path)
    # Means alone: any build reads them.
    start = os.path.join(folder, "means.npy")
    run(options.python, "-c", "import numpy, sys; x = numpy.load(sys.argv[1]); "
        "numpy.save(sys.argv[2], x[numpy.random.default_rng(3).permutation(len(x))[:500]])", path, start)
    print("Eleven steps from 500 random rows as means.\n")
    print("| 60,000 × 50 (MNIST's principal components), K = 500, full | a step | bound | nats a row below |\n|---|---|---|---|")
    more = ["--init", start, "--tolerance", 0, "--max-iterations", 12, "--components", 500]
    sides = [("all components, branch and bound", LATENT, [])]
    sides += [(f"the best {count} (`--sparse {count}`)", LATENT, ["--sparse", count]) for count in (8, 3, 1)]
    if options.before:
        sides.insert(0, ("all components, dense", options.before, []))
    results = [[fit("gmm", path, *more, *extra, program=program) for _, program, extra in sides] for _ in range(min(options.rounds, 3))]
    best = results[0][0]["bound"]
    for i, (name, _, _) in enumerate(sides):
        seconds = statistics.median(r[i]["secondsPerIteration"] for r in results)
        ratio = statistics.median(r[0]["secondsPerIteration"] / r[i]["secondsPerIteration"] for r in results)
        bound = results[0][i]["bound"]
        print(f"| {name} | {seconds:.2f} s (**{ratio:.1f}** ×) | {bound:,.1f} | {(best - bound) / 60_000:.6f} |", flush=True)


def streaming(options, folder):
    print("| 1,000,000 × 10, K = 20, variational, batches of 1,000 | bound | below coordinate ascent's | seconds |\n|---|---|---|---|")
    path = mixture(options, folder, 1_000_000, 10, 20, 3)
    common = ["--components", 20, "--prior", "dirichlet"]
    climb = lambda *more: fit("gmm", path, *common, "--inference", "vb", *more)
    stream = lambda passes, *more: fit("gmm", path, *common, "--inference", "svi", "--batch", 1000, "--passes", passes,
                                       "--tolerance", 0, *more)
    start = os.path.join(folder, "start.latent")
    climb("--max-iterations", 1, "-o", start)
    full = climb("--init", start, "--max-iterations", 300)
    print(f"| coordinate ascent, {full['iterations']} passes | {full['bound']:,.0f} | | {full['seconds']:.1f} |", flush=True)
    for passes in (1, 2, 3):
        r = stream(passes, "--init", start)
        print(f"| {passes} pass{'es' if passes > 1 else ''} from the same start | {r['bound']:,.0f} | "
              f"{(full['bound'] - r['bound']) / abs(full['bound']) * 100:.3f} % | {r['seconds']:.1f} |", flush=True)
    seeds = range(5)
    whole = [climb("--max-iterations", 30, "--tolerance", 0, "--seed", seed) for seed in seeds]
    parts = [stream(3, "--seed", seed) for seed in seeds]
    for name, fits in [("coordinate ascent, 30 passes", whole), ("3 passes by batches", parts)]:
        bounds = sorted(r["bound"] for r in fits)
        print(f"| {name}, five starts of its own | {bounds[0]:,.0f} … {bounds[2]:,.0f} … {bounds[4]:,.0f} | | "
              f"{statistics.median(r['seconds'] for r in fits):.1f} each |", flush=True)


def training(options, folder):
    if not options.peers:
        print("needs --peers")
        return
    bench = lambda name: json.loads(run(LATENT, "bench", name, "--json", "--quiet"))[0]["value"]
    peer = lambda python, name, *sizes: json.loads(
        run(python, os.path.join(options.peers, name), *sizes).splitlines()[-1])["steps_per_second"]
    rates = []
    print("| steps a second | " + " | ".join(["latent", "latent, bf16", "JAX"] + ["PyTorch"] * bool(options.torch))
          + " | latent / JAX | bf16 / JAX |" + " latent / PyTorch |" * bool(options.torch))
    print("|" + "---|" * (6 + 2 * bool(options.torch)))
    for hidden, batch in [(500, 100), (200, 20)]:
        ours = lambda kind: bench(f"vae-784-{hidden}-20-batch{batch}-{kind}")
        sides = [lambda: ours("single"), lambda: ours("bf16"), lambda: peer(options.python, "vae_jax.py", hidden, batch)]
        if options.torch:
            sides.append(lambda: peer(options.torch, "vae_torch.py", hidden, batch))
        times = rounds_of(options.rounds, *sides)
        ratios = [median_ratio(times, 0, 2), median_ratio(times, 1, 2)] + ([median_ratio(times, 0, 3)] if options.torch else [])
        print(f"| 784–{hidden}–20–{hidden}–784, batch {batch} | "
              + " | ".join([f"{column(times, i):,.0f}" for i in range(len(sides))] + [f"**{r:.2f}**" for r in ratios]) + " |", flush=True)
        # Products with weights, forward, for the weights and, but for the first layer, for the inputs: those with zeros count whole.
        products = 3 * (2 * 784 * hidden + 3 * 20 * hidden) - 784 * hidden
        rates.append((hidden, batch, [2e-9 * batch * products * column(times, i) for i in range(3)]))
    limits = [statistics.median(bench(f"product-50x784x500-{kind}") for _ in range(options.rounds)) for kind in ("single", "bf16")]
    print("\n| GFLOP/s, products with zeros counted whole | latent | latent, bf16 | JAX |\n|---|---|---|---|")
    for hidden, batch, (single, rounded, jax) in rates:
        print(f"| 784–{hidden}–20–{hidden}–784, batch {batch} | {single:.0f} | {rounded:.0f} | {jax:.0f} |")
    print(f"| products alone, 50 × 784 by 784 × 500 (`latent bench product`) | {limits[0]:.0f} | {limits[1]:.0f} | |", flush=True)


def target(options, folder):
    """784–500–20, batch 100, Adam, fresh binary images. JAX's passes are those that its script needs; its compilation does not count."""
    if not options.peers or not options.mnist:
        print("needs --peers and --mnist")
        return
    goal = -105
    images = lambda name: os.path.join(options.mnist, name + "-images-idx3-ubyte.gz")

    def ours(*recipe):
        found = fit("vae", images("train"), "--latent", 20, "--hidden", 500, "--batch", 100, "--binarize", "stochastic", "--test", images("t10k"),
                    *recipe)
        passes = next((p for p, bound in enumerate(found["testTrace"], 1) if bound >= goal), None)
        if passes is None:
            sys.exit(f"latent {' '.join(map(str, recipe))}: {found['testTrace'][-1]:.2f}")
        return passes, found["testTrace"][passes - 1], passes * found["secondsPerIteration"]

    def peer(passes):
        found = json.loads(run(options.python, os.path.join(options.peers, "vae_jax.py"), 500, 100, passes).splitlines()[-1])
        return passes, found["test_bound"], found["seconds"]

    needed = next(p for p in range(8, 60) if peer(p)[1] >= goal)
    sides = [("latent", lambda: ours("--passes", 40)), ("latent, bf16", lambda: ours("--passes", 40, "--precision", "bf16")),
             ("latent, bf16, cosine", lambda: ours("--passes", options.passes, "--precision", "bf16", "--schedule", "cosine",
                                                   "--learning-rate", 0.002)),
             ("JAX", lambda: peer(needed))]
    found = [[side() for _, side in sides] for _ in range(options.rounds)]
    print(f"| test bound of {goal} | passes | bound there | seconds | of JAX's |\n|---|---|---|---|---|")
    for i, (name, _) in enumerate(sides):
        print(f"| {name} | {found[0][i][0]} | {found[0][i][1]:.2f} | {statistics.median(r[i][2] for r in found):.1f} "
              f"| **{statistics.median(r[i][2] / r[-1][2] for r in found):.2f}** |", flush=True)


def filtering(options, folder):
    """The recipe on one thread, and on two; no other start is begun. Processor time says more than seconds on a machine that does other things."""
    print("| 6,000 updates, 500 pendulums × 15 frames × 256, batch 50 | seconds | processor seconds |\n|---|---|---|")
    for threads in (1, 2):
        times = []
        for _ in range(min(options.rounds, 3)):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            found = fit("dvbf", "pendulum", "--latent", 3, "--attempts", 1, "--threads", threads)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append([found["seconds"], after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime])
        print(f"| {threads} thread{'s' if threads > 1 else ''} | {column(times, 0):.1f} | {column(times, 1):.1f} |", flush=True)


def sequences(options, folder):
    hmm, lds = os.path.join(folder, "hmm.npy"), os.path.join(folder, "lds.npy")
    run(options.python, "-c", SEQUENCES, hmm, lds)
    common = ["--prior", "none", "--tolerance", 0, "--max-iterations", 12]
    peer = lambda script, *more: float(run(options.python, "-c", script, *more))
    print("| one EM iteration | latent | peer | seconds | peer / latent |\n|---|---|---|---|---|")

    def rows(name, ours, *peers):
        times = rounds_of(options.rounds, ours, *[side for _, side in peers])
        for i, (title, _) in enumerate(peers, 1):
            print(f"| {name} | {column(times, 0) * 1e3:.1f} ms | {title} | {column(times, i) * 1e3:.1f} ms | "
                  f"**{median_ratio(times, i, 0):.1f}** |", flush=True)

    rows("hmm, 100 × 1,000 × 5, 10 states, full",
         lambda: fit("hmm", hmm, "--states", 10, "--init", "random", *common)["secondsPerIteration"],
         ("hmmlearn, scaled", lambda: peer(HMMLEARN, hmm, "scaling")), ("hmmlearn, logarithms", lambda: peer(HMMLEARN, hmm, "log")))
    rows("lds, 1,000 × 100 × 8, 4 dimensions",
         lambda: fit("lds", lds, "--latent", 4, *common)["secondsPerIteration"],
         ("dynamax, compiled", lambda: peer(DYNAMAX, lds)), ("statsmodels, smoother alone", lambda: peer(STATSMODELS, lds)))


if __name__ == "__main__":
    main()
