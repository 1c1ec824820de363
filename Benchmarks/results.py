#!/usr/bin/env python3
"""Reproduces published results of variational auto-encoders on MNIST and of deep variational Bayes filters on simulated
sequences, and prints Markdown for Documentation/Results.md.

    Benchmarks/results.py latents      [--passes 30]    the bound for 2, 3, 5, 10, 20 and 200 latent dimensions
    Benchmarks/results.py importance   [--draws 1,50] [--passes 3280] [--hours H]
                                                        the log likelihood of importance-weighted auto-encoders
    Benchmarks/results.py posteriors   [--passes 30]    diagonal, rank-one and full covariances of q(z | x)
    Benchmarks/results.py imputation   [--passes 30]    digits of which most pixels, or a square, are hidden
    Benchmarks/results.py conditional  [--passes 30]    whole digits from their middle column, and by their label
    Benchmarks/results.py filter       [--updates 6000] pendulums: what latent states tell of angle and velocity, five seeds
    Benchmarks/results.py rollouts     [--updates 6000] pendulums: predictions from known torques, and long walks
    Benchmarks/results.py anchor       [--updates 6000] a linear system: the bound against the Kalman filter
    Benchmarks/results.py balls        [--updates 6000] bouncing balls: predictions, and what states tell of positions

The data of the first five are `mnist`, in the folder that LATENT_DATA names or where `latent data fetch mnist` put them. Models and checkpoints go to
--output (default: latent-results), and pictures to --pictures (default: the same folder). What a checkpoint there has
begun is gone on with.
"""
import argparse
import array
import json
import math
import os
import statistics
import struct
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


# Deep filters


def made(options, name, simulation, count, frames, seed, ending="npy"):
    """Simulated sequences, made once."""
    path = file(options, f"{name}.{ending}")
    if not os.path.exists(path):
        run("data", "make", simulation, "-n", count, "--frames", frames, "--seed", seed, "--precision", "single", "-o", path, quiet=True)
    return path


def beside(path, what):
    return f"{path[:-4]}-{what}.npy"


def fitted(options, name, *arguments):
    """A fit and what it printed, made once: both are kept in the folder."""
    model, report = file(options, name + ".latent"), file(options, name + ".json")
    if not (os.path.exists(model) and os.path.exists(report)):
        with open(report + ".part", "w") as out:
            json.dump(values("fit", *arguments, "--updates", options.updates, "-o", model), out)
        os.rename(report + ".part", report)
    with open(report) as text:
        return model, json.load(text)


def pendulum(options, seed, kind="dvbf"):
    train = made(options, f"pendulum-train{seed}", "pendulum", 500, 15, 100 + seed)
    more = ["--attempts", 5] if kind == "dvbf" else []
    return fitted(options, f"pendulum-{kind}{seed}", kind, train, "--controls", beside(train, "controls"), "--latent", 3,
                  "--seed", seed, *more)


def filter(options):
    """Karl, Soelch, Bayer & van der Smagt's table 1: fresh sequences and fresh weights for every seed."""
    for kind in ("dvbf", "dkf"):
        rows = []
        for seed in range(1, 6):
            model, fit = pendulum(options, seed, kind)
            test = made(options, f"pendulum-test{seed}", "pendulum", 500, 15, 200 + seed)
            score = values("evaluate", model, test, "--controls", beside(test, "controls"), "--truth", beside(test, "truth"),
                           "--draws", 1, "--seed", 0)
            terms = score["terms"]
            rows.append(list(score["rSquared"].values()) + [score["bound"], terms["reconstruction"], terms["latentKL"],
                                                            fit["attempts"] - 1, fit["seconds"]])
        shown = [[str(seed + 1)] + [f"{v:.3f}" for v in row[:3]] + [f"{v:.2f}" for v in row[3:6]] + [str(row[6]), f"{row[7]:.0f} s"]
                 for seed, row in enumerate(rows)]
        means = [sum(column) / len(rows) for column in zip(*rows)]
        shown.append(["**mean**"] + [f"**{v:.3f}**" for v in means[:3]] + [f"{v:.2f}" for v in means[3:6]] + ["", ""])
        print(f"`{kind}`:\n")
        table(["seed", "R² sin φ", "cos φ", "φ̇", "test bound", "reconstruction", "KL", "begun anew", "time"], shown)


def numbers(path):
    """The shape of an .npy file and its elements."""
    with open(path, "rb") as binary:
        content = binary.read()
    length = struct.unpack("<H", content[8:10])[0]
    header = eval(content[10:10 + length])
    elements = array.array("f" if "f4" in header["descr"] else "d")
    elements.frombytes(content[10 + length:])
    return header["shape"], elements


def solved(A, b):
    """x of A x = b, by elimination."""
    rows = [list(row) + [value] for row, value in zip(A, b)]
    n = len(rows)
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        for i in range(k + 1, n):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [a - factor * c for a, c in zip(rows[i], rows[k])]
    x = [0.0] * n
    for k in reversed(range(n)):
        x[k] = (rows[k][n] - sum(rows[k][j] * x[j] for j in range(k + 1, n))) / rows[k][k]
    return x


def states(options, model, data, name):
    """Means of the states of every frame, with a 1 before."""
    path = file(options, name + ".csv")
    run("posterior", model, data, "--controls", beside(data, "controls"), "--seed", 0, "-o", path, quiet=True)
    with open(path) as text:
        head = next(text).strip().split(",")
        kept = [i for i, column in enumerate(head) if column.startswith("z") and not column.endswith("_sd")]
        return [[1.0] + [float(cells[i]) for i in kept] for cells in (line.split(",") for line in text)]


def regression(X, Y):
    """Coefficients of each column of Y on the columns of X by least squares."""
    n = len(X[0])
    gram = [[sum(x[i] * x[j] for x in X) for j in range(n)] for i in range(n)]
    return [solved(gram, [sum(x[i] * y for x, y in zip(X, column)) for i in range(n)]) for column in Y]


def simulated(angle, velocity, torques):
    """Images of the pendulum's frames to come: the simulator's own equation, step and picture."""
    h, images = 0.01, []

    def slope(a, v, u):
        return v, 9.81 * math.sin(a) - 0.5 * v + u
    for u in torques:
        for _ in range(10):
            a1, v1 = slope(angle, velocity, u)
            a2, v2 = slope(angle + h / 2 * a1, velocity + h / 2 * v1, u)
            a3, v3 = slope(angle + h / 2 * a2, velocity + h / 2 * v2, u)
            a4, v4 = slope(angle + h * a3, velocity + h * v3, u)
            angle += h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
            velocity += h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
        x, y = 7.5 + 5 * math.sin(angle), 7.5 - 5 * math.cos(angle)
        images.append([math.exp(-((i - x) ** 2 + (j - y) ** 2) / 4.5) for j in range(16) for i in range(16)])
    return images


def rollouts(options):
    """Frames predicted from five and the torques alone, against what takes no learning, and against the simulator."""
    G, H, horizons = 5, 40, (1, 2, 5, 10, 20, 40)
    test = made(options, "pendulum-long", "pendulum", 200, 45, 300)
    (N, T, D), frames = numbers(test)
    controls = numbers(beside(test, "controls"))[1]
    rows, walks = [], []
    for seed in range(1, 6):
        model, _ = pendulum(options, seed)
        common = [model, test, "--controls", beside(test, "controls"), "--given", G, "--horizon", H, "--seed", 0]
        ahead = values("rollout", *common, "-o", file(options, "rollout.npy"))
        # The simulator, started where a linear map of the fifth state says that the pendulum is.
        train = file(options, f"pendulum-train{seed}.npy")
        truth = numbers(beside(train, "truth"))[1]
        fits = regression(states(options, model, train, "states"), [truth[k::3] for k in range(3)])
        seen = states(options, model, test, "states")
        errors = [0.0] * H
        for n in range(N):
            z = seen[n * T + G - 1]
            sine, cosine, velocity = (sum(a * b for a, b in zip(fit, z)) for fit in fits)
            images = simulated(math.atan2(sine, cosine), velocity, controls[n * T + G - 1:n * T + G + H - 1])
            for t, image in enumerate(images):
                first = (n * T + G + t) * D
                errors[t] += sum((a - b) ** 2 for a, b in zip(image, frames[first:first + D])) / N / D
        rows.append([ahead["rootMeanSquaredError"], [math.sqrt(e) for e in errors], ahead["copyLast"], ahead["meanFrame"]])
        if seed == 1:
            run("rollout", *common, "--image", "16x16", "-n", 3, "-o", picture(options, "filter-pendulum.png"), quiet=True)
        # Five walks of 500 frames.
        walk = made(options, "pendulum-walk", "pendulum", 5, 500, 301)
        drawn = values("sample", model, "-n", 5, "--frames", 500, "--controls", beside(walk, "controls"), "--seed", 0,
                       "-o", file(options, "walk.npy"))
        usual = values("posterior", model, test, "--controls", beside(test, "controls"), "--seed", 0,
                       "-o", file(options, "states.csv"))["largestState"]
        bounded = sum(1 for z in drawn["largestStates"] if z <= 2 * usual)
        walks.append([str(seed), f"{usual:.2f}", ", ".join(f"{z:.2f}" for z in drawn["largestStates"]), f"{bounded} of 5"])
    mean = [[sum(row[k][h - 1] for row in rows) / len(rows) for h in horizons] for k in range(4)]
    names = ("the filter", "the simulator, from the filter's fifth state", "the fifth frame repeated", "the mean frame")
    table(["root mean squared error of a pixel"] + [f"{h} ahead" if h == 1 else str(h) for h in horizons],
          [[name] + [f"{v:.4f}" for v in row] for name, row in zip(names, mean)])
    worst = [max(row[0][h - 1] for row in rows) for h in horizons]
    print("Worst of five seeds: " + ", ".join(f"{v:.4f}" for v in worst) + ".\n")
    table(["seed", "largest state of the test sequences", "largest states of five walks of 500 frames", "bounded"], walks)


def parameters(path):
    """The tensors of a model file, by name: their rows."""
    with open(path, "rb") as binary:
        content = binary.read()
    length = struct.unpack("<Q", content[:8])[0]
    result = {}
    for name, entry in json.loads(content[8:8 + length]).items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        elements = array.array("f")
        elements.frombytes(content[8 + length + entry["data_offsets"][0]:8 + length + entry["data_offsets"][1]])
        width = entry["shape"][-1] if entry["shape"] else 1
        result[name] = [list(elements[i:i + width]) for i in range(0, len(elements), width)]
    return result


def product(A, B):
    return [[sum(a * b for a, b in zip(row, column)) for column in zip(*B)] for row in A]


def transposed(A):
    return [list(column) for column in zip(*A)]


def kalman(sequences, m, P, A, B, Q, H, d, r):
    """ln p(x) of sequences of pairs (frame, control), a coordinate of a frame after the other."""
    total = 0.0
    for sequence in sequences:
        mean, V = list(m), [list(row) for row in P]
        for x, u in sequence:
            for h, offset, value in zip(H, d, x):
                Vh = [sum(a * b for a, b in zip(row, h)) for row in V]
                variance = sum(a * b for a, b in zip(h, Vh)) + r
                error = value - offset - sum(a * b for a, b in zip(h, mean))
                total -= 0.5 * (math.log(2 * math.pi * variance) + error * error / variance)
                mean = [a + b * error / variance for a, b in zip(mean, Vh)]
                V = [[V[i][j] - Vh[i] * Vh[j] / variance for j in range(len(mean))] for i in range(len(mean))]
            mean = [sum(a * b for a, b in zip(row, mean)) + b[0] * u for row, b in zip(A, B)]
            V = product(product(A, V), transposed(A))
            V = [[v + q for v, q in zip(*pair)] for pair in zip(V, Q)]
    return total / len(sequences)


def anchor(options):
    """A linear Gaussian system: one matrix, linear maps, a smoother; whose density the Kalman filter knows."""
    train = made(options, "linear-train", "linear-gaussian", 2000, 10, 1, "csv")
    test = made(options, "linear-test", "linear-gaussian", 2000, 10, 2, "csv")
    columns = ["--sequence", "sequence", "--controls", "u", "--truth", "z1,z2"]
    sequences = [[] for _ in range(2000)]
    with open(test) as text:
        next(text)
        for line in text:
            cells = [float(cell) for cell in line.split(",")]
            sequences[int(cells[0]) - 1].append((cells[1:5], cells[5]))
    c, s = 0.95 * math.cos(0.4), 0.95 * math.sin(0.4)
    unit, phases = [[1.0, 0.0], [0.0, 1.0]], [2 * math.pi * j / 4 for j in range(4)]
    true = kalman(sequences, [0, 0], unit, [[c, -s], [s, c]], [[0], [0.5]], [[0.04, 0], [0, 0.04]],
                  [[math.cos(p), math.sin(p)] for p in phases], [0] * 4, 0.09)
    rows = []
    for seed in range(1, 4):
        model, _ = fitted(options, f"linear-{seed}", "dvbf", train, *columns, "--latent", 2, "--matrices", 1, "--hidden", "none",
                          "--smoothing", 32, "--recognition", 64, "--variance", "shared", "--masking", 0, "--batch", 50,
                          "--learning-rate", 0.005, "--seed", seed)
        found = {name.split("/", 1)[1]: value for name, value in parameters(model).items() if name.startswith("filter/")}
        S, V, H = found["start/0/weights"], found["transition/bases"], found["decoder/0/weights"]
        scale = values("info", model)["controlScales"][0]
        exact = kalman(sequences, found["start/0/bias"][0], product(transposed(S), S), transposed(V[:2]),
                       [[b / scale] for b in V[2]], product(transposed(V[3:]), V[3:]), transposed(H), found["decoder/0/bias"][0],
                       math.exp(found["decoder/logVariance"][0][0]))
        # A bound is that of one path for each sequence; the mean over forty says more.
        bounds = [values("evaluate", model, test, *columns, "--draws", 1, "--seed", k)["bound"] for k in range(40)]
        bound, error = statistics.mean(bounds), statistics.stdev(bounds) / len(bounds) ** 0.5
        rows.append([str(seed), f"{bound:.3f} ± {error:.3f}"] + [f"{v:.3f}" for v in (exact, true, exact - bound, true - bound)])
    table(["seed", "bound", "Kalman, learned parameters", "Kalman, true parameters", "learned − bound", "true − bound"], rows)


def sums(truth, path):
    """Both balls' columns added: a frame does not tell which ball is which."""
    (_, _, width), values_ = numbers(truth)
    with open(path, "w") as text:
        text.write("x,y,velocityX,velocityY\n")
        for first in range(0, len(values_), width):
            row = values_[first:first + width]
            text.write(",".join(f"{sum(row[k::4]):.9g}" for k in range(4)) + "\n")
    return path


def balls(options):
    """Bouncing balls, of which a frame shows the places and not where they go."""
    horizons, rows = (1, 2, 5, 10, 20), []
    for name, simulation, count, size, more in (
            ("one ball", "bouncing-ball", 500, "16x16", ["--latent", 4]),
            ("two balls", "bouncing-balls", 1000, "20x20", ["--latent", 10, "--matrices", 64])):
        train = made(options, simulation, simulation, count, 30, 1)
        test = made(options, simulation + "-test", simulation, 200, 50, 2)
        model, fit = fitted(options, "filter-" + simulation, "dvbf", train, *more, "--seed", 0)
        told = []
        truths = [beside(test, "truth")]
        if simulation == "bouncing-balls":
            truths.append(sums(truths[0], file(options, "sums.csv")))
        for truth in truths:
            found = list(values("evaluate", model, test, "--truth", truth, "--draws", 1, "--seed", 0)["rSquared"].values())
            told.append([", ".join(f"{found[i]:.3f}" for i in range(len(found)) if i % 4 // 2 == part) for part in (0, 1)])
        told = ["; sums ".join(part) for part in zip(*told)]
        ahead = values("rollout", model, test, "--given", 5, "--horizon", 20, "--seed", 0, "-o", file(options, "rollout.npy"))
        drawn = values("rollout", model, test, "--given", 5, "--horizon", 20, "--draws", 20, "--seed", 0, "-o", file(options, "rollout.npy"))
        ahead["draws"] = drawn["rootMeanSquaredError"]
        for label, key in ((name, "rootMeanSquaredError"), ("its mean over 20 draws", "draws"), ("the fifth frame repeated", "copyLast"),
                           ("the mean frame", "meanFrame")):
            mine = key == "rootMeanSquaredError"
            rows.append([label] + (told if mine else ["", ""]) + [f"{ahead[key][h - 1]:.4f}" for h in horizons]
                        + [f"{fit['seconds']:.0f} s" if mine else ""])
        run("rollout", model, test, "--given", 5, "--horizon", 25, "--image", size, "-n", 3, "--seed", 0,
            "-o", picture(options, f"filter-{simulation}.png"), quiet=True)
    table(["", "R² of places", "R² of velocities"] + [f"error {h} ahead" for h in horizons] + ["time"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sections = {f.__name__: f for f in (latents, importance, posteriors, imputation, conditional, filter, rollouts, anchor, balls)}
    parser.add_argument("section", choices=sections)
    parser.add_argument("--passes", type=int)
    parser.add_argument("--updates", type=int, default=6000)
    parser.add_argument("--draws", default="1,50")
    parser.add_argument("--hours", type=float)
    parser.add_argument("--schedule", default="iwae")
    parser.add_argument("--precision")
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--pixels", default="14", help="columns of pixels that are given, from 1 (default: 14)")
    parser.add_argument("--output", default="latent-results")
    parser.add_argument("--pictures")
    options = parser.parse_args()
    if options.passes is None:
        options.passes = 3280 if options.section == "importance" else 30
    os.makedirs(options.output, exist_ok=True)
    sections[options.section](options)


main()
