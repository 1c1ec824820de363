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
  target        the seconds until a test bound of −105 nats an image of MNIST against JAX's (needs --peers and --mnist)
  filter        6,000 updates of a deep variational Bayes filter of pendulums; with --peers that has dvbf_jax.py, beside JAX
or all of them. PYTHON has numpy (and scikit-learn for `variational`). LATENT is another build of latent: `sparse` then
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
                "streaming": streaming, "training": training, "target": target, "filter": filtering}
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

    needed = next(p for p in range(12, 60, 2) if peer(p)[1] >= goal)
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
    def ours(threads):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = fit("dvbf", "pendulum", "--latent", 3, "--attempts", 1, "--threads", threads)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return found["seconds"], after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def peer():
        found = json.loads(run("env", "XLA_FLAGS=--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1", "OMP_NUM_THREADS=1",
                               "taskset", "-c", "0", options.python, script, 0.1, 1, 0).splitlines()[-1])
        return found["seconds"], found["cpu"]

    script = os.path.join(options.peers or "", "dvbf_jax.py")
    sides = [("latent, one thread", lambda: ours(1)), ("latent, two threads", lambda: ours(2))]
    if options.peers and os.path.exists(script):
        sides.append(("JAX, one core, after its compilation", peer))
    found = [[side() for _, side in sides] for _ in range(min(options.rounds, 3))]
    print("| 6,000 updates, 500 pendulums × 15 frames × 256, batch 50 | seconds | processor seconds |\n|---|---|---|")
    for i, (name, _) in enumerate(sides):
        print(f"| {name} | " + " | ".join(f"{statistics.median(r[i][k] for r in found):.1f}" for k in (0, 1)) + " |", flush=True)


if __name__ == "__main__":
    main()
