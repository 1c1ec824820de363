#!/usr/bin/env python3
"""Reproduces published results of variational auto-encoders on MNIST, and other systems' numbers for sequences, and prints Markdown for
Documentation/Results.md.

    Benchmarks/results.py latents      [--passes 30]    the bound for 2, 3, 5, 10, 20 and 200 latent dimensions
    Benchmarks/results.py importance   [--draws 1,50] [--passes 3280] [--hours H]
                                                        the log likelihood of importance-weighted auto-encoders
    Benchmarks/results.py posteriors   [--passes 30]    diagonal, rank-one and full covariances of q(z | x)
    Benchmarks/results.py imputation   [--passes 30]    digits of which most pixels, or a square, are hidden
    Benchmarks/results.py conditional  [--passes 30]    whole digits from their middle column, and by their label
    Benchmarks/results.py sequences    [--python P]     hidden Markov models and linear state spaces against hmmlearn, dynamax and
                                                        statsmodels, which the Python P has; needs no MNIST

The data are `mnist`, in the folder that LATENT_DATA names or where `latent data fetch mnist` put them. Models and checkpoints go to
--output (default: latent-results), and pictures to --pictures (default: the same folder). What a checkpoint there has
begun is gone on with.
"""
import argparse
import json
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LATENT = os.path.join(ROOT, ".build", "release", "latent")
TRAIN, TEST = "mnist", "mnist-test"


def run(*arguments, quiet=False):
    words = [LATENT] + [str(a) for a in arguments]
    print("$ latent " + " ".join(words[1:]), file=sys.stderr, flush=True)
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL if quiet else None, text=True)
    if done.returncode:
        sys.exit(f"latent exited with {done.returncode}")
    return done.stdout


def values(*arguments):
    return json.loads(run(*arguments, "--json", quiet=True))


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def file(options, name):
    return os.path.join(options.output, name)


def picture(options, name):
    return os.path.join(options.pictures or options.output, name)


def moments(most):
    return [p for p in (1, 3, 10, 30, 100, 300, 1000) if p < most] + [most]


def latents(options):
    """Kingma & Welling's setting: tanh, 500 hidden units, minibatches of 100, Adagrad, a normal prior of the weights."""
    passes = moments(options.passes)
    rows = []
    for latent in (2, 3, 5, 10, 20, 200):
        fit = values(
            "fit", "vae", TRAIN, "--latent", latent, "--hidden", 500, "--batch", 100, "--optimizer", "adagrad",
            "--learning-rate", options.rate, "--weight-prior", 1, "--binarize", "stochastic", "--passes", options.passes, "--test", TEST,
            "--seed", 0, "-o", file(options, f"latent{latent}.latent"))
        trace = fit["testTrace"]
        rows.append([str(latent)] + [f"{trace[p - 1]:.2f}" for p in passes]
                    + [f"{(fit['terms']['reconstruction'] - fit['terms']['latentKL']) / fit['observations']:.2f}",
                       str(fit["activeUnits"]), f"{fit['seconds']:.0f} s"])
    table(["latent dimensions"] + [("test bound after 1 pass" if p == 1 else str(p)) for p in passes]
          + ["training bound at the end", "active units", "time"], rows)


def importance(options):
    """Burda, Grosse & Salakhutdinov's first architecture and schedule."""
    rows = []
    for draws in [int(k) for k in options.draws.split(",")]:
        name = f"importance{draws}"
        checkpoint = file(options, name + ".checkpoint")
        started = time.time()
        arguments = ["fit", "vae", TRAIN, "--latent", 50, "--hidden", "200,200", "--batch", 20, "--binarize", "stochastic",
                     "--schedule", options.schedule, "--passes", options.passes, "--seed", 0, "--checkpoint", checkpoint, "--every", 300,
                     "-o", file(options, name + ".latent")]
        if options.precision:
            arguments += ["--precision", options.precision]
        if draws > 1:
            arguments += ["--importance", draws]
        if options.hours:
            arguments += ["--time-limit", options.hours * 3600]
        if os.path.exists(checkpoint):
            arguments += ["--resume", checkpoint]
        fit = values(*arguments)
        score = values("evaluate", file(options, name + ".latent"), TEST, "--binarize", "stochastic", "--draws", 5000, "--seed", 0)
        rows.append([str(draws), f"{fit['passes']:.0f}", f"{fit['boundPerObservation']:.2f}",
                     f"{-score['importanceBound']:.2f} ± {score['importanceStandardError']:.2f}", str(score["activeUnits"]),
                     f"{(time.time() - started) / 3600:.1f} h"])
    table(["draws k", "passes", "training bound", "test NLL (5,000 draws)", "active units", "time of this run"], rows)


def posteriors(options):
    """Rezende, Mohamed & Wierstra's covariances at the same number of passes."""
    rows = []
    for posterior in ("diagonal", "rank-one", "full"):
        name = file(options, f"posterior-{posterior}.latent")
        fit = values("fit", "vae", TRAIN, "--latent", 20, "--hidden", 500, "--posterior", posterior, "--binarize", "stochastic",
                     "--passes", options.passes, "--test", TEST, "--seed", 0, "-o", name)
        score = values("evaluate", name, TEST, "--binarize", "stochastic", "--draws", 1000, "--amortization-gap", 200, "--seed", 0)
        gap = score["amortizationGap"]
        rows.append([posterior, f"{fit['testBoundPerObservation']:.2f} ± {fit['testStandardError']:.2f}",
                     f"{-score['importanceBound']:.2f}", f"{gap['mean']:.2f} ± {gap['standardError']:.2f}", f"{fit['seconds']:.0f} s"])
    table(["covariance of q(z given x)", "test bound", "test NLL (1,000 draws)", "amortisation gap", "time"], rows)


def imputation(options):
    """A model of whole digits fills what is hidden of digits that it has not seen."""
    model = file(options, "imputation.latent")
    if not os.path.exists(model):
        run("fit", "vae", TRAIN, "--latent", 20, "--hidden", 500, "--binarize", "stochastic", "--passes", options.passes, "--seed", 0,
            "-o", model, quiet=True)
    rows = []
    for hidden in (["--hide", 0.6], ["--hide", 0.8], ["--hide-square", 12]):
        for method in ("chain", "posterior"):
            common = [model, TEST, "--method", method, "--seed", 0] + hidden
            score = values("impute", *common, "-n", 1000, "-o", file(options, "imputed.npy"))
            rows.append([" ".join(str(h) for h in hidden), method] + [f"{k} {v:.4f}" for k, v in score.items() if "rror" in k])
            name = "impute-" + "-".join(str(h).strip("-") for h in hidden).replace(".", "") + f"-{method}.png"
            run("impute", *common, "--draws", 3, "-o", picture(options, name), quiet=True)
    table(["hidden", "method", "error on hidden pixels"], rows)


def conditional(options):
    """Doersch's column: the middle pixels of a digit are given; and digits drawn by their label."""
    common = ["--hidden", 500, "--binarize", "stochastic", "--passes", options.passes, "--seed", 0, "--test", TEST]
    rows = []
    for kind, more in (("cvae", ["--latent", 20]), ("regression", ["--posterior", "none"])):
        model = file(options, f"column-{kind}.latent")
        fit = values("fit", "cvae", TRAIN, *more, "--condition-pixels", options.pixels, *common, "-o", model)
        rows.append([kind, f"{fit['testBoundPerObservation']:.2f}", f"{fit['seconds']:.0f} s"])
    table(["model", "test bound of the pixels that are not given", "time"], rows)
    run("sample", file(options, "column-cvae.latent"), "--condition", TEST, "--rows", 8, "-n", 6, "--means",
        "--contrast", file(options, "column-regression.latent"), "--seed", 0, "-o", picture(options, "conditional-column.png"), quiet=True)
    run("fit", "cvae", TRAIN, "--latent", 20, "--condition", "label", *common, "-o", file(options, "label.latent"), quiet=True)
    run("sample", file(options, "label.latent"), "--condition", "all", "-n", 10, "--means", "--seed", 0,
        "-o", picture(options, "conditional-label.png"), quiet=True)


# Model files are safetensors: a header of JSON and the numbers.
READ = """
import json, numpy, sys
def read(path):
    data = open(path, 'rb').read()
    n = int.from_bytes(data[:8], 'little')
    head = json.loads(data[8:8 + n])
    return {k: numpy.frombuffer(data[8 + n + v['data_offsets'][0]:8 + n + v['data_offsets'][1]]).reshape(v['shape'])
            for k, v in head.items() if v.get('dtype') == 'F64'}
"""

# EM from the parameters of one file, and what the parameters of another say of the same sequences.
HMMLEARN = READ + """
from hmmlearn import hmm
from hmmlearn.base import ConvergenceMonitor
x, first, last, steps = numpy.load(sys.argv[1]), read(sys.argv[2]), read(sys.argv[3]), int(sys.argv[4])
def model(t, n):
    m = hmm.GaussianHMM(len(t['hmm/initial']), covariance_type='full', n_iter=n, tol=-numpy.inf, init_params='', min_covar=0,
                        covars_prior=0, covars_weight=0, means_weight=0)
    m.startprob_, m.transmat_, m.means_ = t['hmm/initial'], t['hmm/transitions'], t['hmm/means']
    m.covars_ = t['hmm/covariances/full']
    return m
rows, lengths = x.reshape(-1, x.shape[2]), [x.shape[1]] * len(x)
climb, there, trace = model(first, steps), model(last, 1), []
report = ConvergenceMonitor.report
ConvergenceMonitor.report = lambda self, value: (trace.append(float(value)), report(self, value))
climb.fit(rows, lengths)
score, posterior = there.score_samples(rows, lengths)
_, path = there.decode(rows, lengths)
print(json.dumps({'trace': trace, 'score': score, 'posterior': posterior.tolist(), 'path': path.tolist()}))
"""

DYNAMAX = READ + """
import jax, jax.numpy as jnp
jax.config.update('jax_enable_x64', True)
from dynamax.linear_gaussian_ssm import LinearGaussianSSM
x, t, steps = jnp.array(numpy.load(sys.argv[1])), read(sys.argv[2]), int(sys.argv[4])
L, D = t['lds/transition'].shape[0], x.shape[2]
model = LinearGaussianSSM(L, D, has_dynamics_bias=False, has_emissions_bias=True)
params, props = model.initialize(jax.random.PRNGKey(0), initial_mean=jnp.array(t['lds/initialMean']),
    initial_covariance=jnp.array(t['lds/initialCovariance']), dynamics_weights=jnp.array(t['lds/transition']),
    dynamics_covariance=jnp.array(t['lds/transitionNoise']), emission_weights=jnp.array(t['lds/emission']),
    emission_bias=jnp.array(t['lds/offset']), emission_covariance=jnp.array(t['lds/emissionNoise']))
@jax.jit
def step(params, state):
    stats, lls = jax.vmap(lambda e: model.e_step(params, e, None))(x)
    return *model.m_step(params, props, stats, state), lls.sum()
state, trace = model.initialize_m_step_state(params, props), []
for _ in range(steps):
    params, state, value = step(params, state)
    trace.append(float(value))
print(json.dumps({'trace': trace}))
"""

STATSMODELS = READ + """
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother
x, t = numpy.load(sys.argv[1]), read(sys.argv[3])
L, D, score, means, deviations = t['lds/transition'].shape[0], x.shape[2], 0, [], []
for y in x:
    k = KalmanSmoother(k_endog=D, k_states=L, loglikelihood_burn=0)
    k.bind(numpy.ascontiguousarray(y))
    k['design'], k['obs_intercept'], k['obs_cov'] = t['lds/emission'], t['lds/offset'][:, None], t['lds/emissionNoise']
    k['transition'], k['selection'], k['state_cov'] = t['lds/transition'], numpy.eye(L), t['lds/transitionNoise']
    k.initialize_known(t['lds/initialMean'], t['lds/initialCovariance'])
    k.tolerance = 0
    r = k.smooth()
    score += r.llf
    means += r.smoothed_state.T.tolist()
    deviations += numpy.sqrt(r.smoothed_state_cov.diagonal(axis1=0, axis2=1)).tolist()
print(json.dumps({'score': score, 'means': means, 'deviations': deviations}))
"""


def sequences(options):
    """The same EM from the same start, and the same answers at the same parameters, as other systems have them."""
    steps = 50
    peer = lambda script, *more: json.loads(subprocess.run(
        [options.python, "-c", script, *map(str, more)], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])

    def columns(*arguments):
        lines = run(*arguments, quiet=True).splitlines()
        names = lines[0].split(",")
        return names, [[float(cell) for cell in line.split(",")] for line in lines[1:]]

    def largest(ours, theirs):
        return max(abs(a - b) for p, q in zip(ours, theirs) for a, b in zip(p, q))

    # One long sequence for the state space: from several, dynamax 1.0.3 takes another covariance of the first states than the θ-step's.
    made = {"hmm": ["hmm-chain", "-n", 20, "--frames", 200], "lds": ["linear-gaussian", "-n", 1, "--frames", 4000]}

    def fits(kind, *more):
        data = file(options, f"{kind}.npy")
        run("data", "make", *made[kind], "--seed", 0, "-o", data, quiet=True)
        common = ["fit", kind, data, "--prior", "none", "--tolerance", 0, "--seed", 0, *more]
        first, last = file(options, f"{kind}-first.latent"), file(options, f"{kind}.latent")
        values(*common, "--max-iterations", 1, "-o", first)
        return data, first, last, values(*common, "--max-iterations", steps, "-o", last)["trace"]

    def climb(name, ours, theirs):
        last = min(len(ours), len(theirs))
        return [[name, str(i), f"{ours[i - 1]:.6f}", f"{theirs[i - 1]:.6f}", f"{abs(ours[i - 1] - theirs[i - 1]):.1e}"]
                for i in [i for i in (1, 2, 5, 10, 20) if i < last] + [last]]

    data, first, last, trace = fits("hmm", "--states", 5, "--init", "random")
    theirs = peer(HMMLEARN, data, first, last, steps)
    rows = climb("hmm, hmmlearn", trace, theirs["trace"])
    score = values("score", last, data)["mean"] * 20
    _, posterior = columns("posterior", last, data, "--path", "smoothed")
    _, path = columns("posterior", last, data, "--path", "likely")
    same = sum(int(row[-1]) == k + 1 for row, k in zip(path, theirs["path"]))
    answers = [["hmm", "ln p(x) of all sequences", "hmmlearn", f"{abs(score - theirs['score']):.1e}"],
               ["hmm", "probabilities of the states", "hmmlearn", f"{largest([r[2:7] for r in posterior], theirs['posterior']):.1e}"],
               ["hmm", "most likely path", "hmmlearn", f"{same} of {len(path)} frames alike"]]

    data, first, last, trace = fits("lds", "--latent", 2, "--covariance", "full")
    rows += climb("lds, dynamax", trace, peer(DYNAMAX, data, first, last, steps)["trace"])
    theirs = peer(STATSMODELS, data, first, last)
    score = values("score", last, data)["mean"]
    _, posterior = columns("posterior", last, data, "--path", "smoothed")
    answers += [["lds", "ln p(x) of all sequences", "statsmodels", f"{abs(score - theirs['score']):.1e}"],
                ["lds", "smoothed means", "statsmodels", f"{largest([r[2:4] for r in posterior], theirs['means']):.1e}"],
                ["lds", "their standard deviations", "statsmodels", f"{largest([r[4:6] for r in posterior], theirs['deviations']):.1e}"]]
    table(["model, peer", "EM iteration", "ln p(x), latent", "peer", "difference"], rows)
    table(["model", "at the parameters of the last iteration", "peer", "largest difference"], answers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sections = {f.__name__: f for f in (latents, importance, posteriors, imputation, conditional, sequences)}
    parser.add_argument("section", choices=sections)
    parser.add_argument("--passes", type=int)
    parser.add_argument("--draws", default="1,50")
    parser.add_argument("--hours", type=float)
    parser.add_argument("--schedule", default="iwae")
    parser.add_argument("--precision")
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--pixels", default="14", help="columns of pixels that are given, from 1 (default: 14)")
    parser.add_argument("--python", default=sys.executable, help="one that has the other systems")
    parser.add_argument("--output", default="latent-results")
    parser.add_argument("--pictures")
    options = parser.parse_args()
    if options.passes is None:
        options.passes = 3280 if options.section == "importance" else 30
    os.makedirs(options.output, exist_ok=True)
    sections[options.section](options)


main()
