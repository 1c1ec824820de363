#!/usr/bin/env python3
"""Times latent beside other systems on the same data, and prints a Markdown table of ratios.

    Benchmarks/compare.py --peers FOLDER [--environments FOLDER] [--rounds 5] [--only NAME] [--mnist FOLDER]

FOLDER holds the peers' scripts (make_mixture.py, gmm_sklearn.py, gmm_onedal.py), the environments their Python
interpreters (main/bin/python with numpy, scikit-learn and pandas; onedal/bin/python with daal4py). Every round runs ours
and theirs in turn; a ratio is the median over rounds of theirs / ours, so a machine whose speed drifts does little
harm. Only the standard library is used here.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LATENT = os.path.join(ROOT, ".build", "release", "latent")


def run(command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def ours(path, components, *options, iterations=12):
    """Seconds an EM iteration of latent: the mean over all but the first."""
    out = run([LATENT, "fit", "gmm", path, "--components", str(components), "--init", "random", "--tolerance", "0",
               "--max-iterations", str(iterations), "--json", "--quiet", *options])
    return json.loads(out)["secondsPerIteration"]


def theirs(python, script, *arguments):
    return json.loads(run([python, script, *map(str, arguments)]).strip().splitlines()[-1])["seconds_per_iteration"]


def seconds(command):
    start = time.perf_counter()
    run(command)
    return time.perf_counter() - start


def peak_memory(command):
    """The largest resident size of a child, in bytes."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise RuntimeError(f"{command} ended with {status}")
    return usage.ru_maxrss * 1024


def pairs(name, first, second, rounds):
    a, b = [], []
    for _ in range(rounds):
        a.append(first())
        b.append(second())
        print(f"  {name}: ours {a[-1]:.4g} s, theirs {b[-1]:.4g} s", file=sys.stderr)
    ratio = statistics.median(y / x for x, y in zip(a, b))
    return statistics.median(a), statistics.median(b), ratio


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", required=True)
    parser.add_argument("--environments", default=os.environ.get("LATENT_PEERS", os.path.expanduser("~/.cache/latent-peers")))
    parser.add_argument("--mnist", help="a folder with MNIST's train-images-idx3-ubyte.gz")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    main_python = os.path.join(arguments.environments, "main", "bin", "python")
    onedal_python = os.path.join(arguments.environments, "onedal", "bin", "python")
    script = lambda name: os.path.join(arguments.peers, name)
    rows = []

    def compare(name, peer, first, second, rounds=arguments.rounds):
        if arguments.only in f"{name} {peer}":
            a, b, ratio = pairs(f"{name}, {peer}", first, second, rounds)
            rows.append(f"| {name} | {peer} | {a * 1e3:.1f} ms | {b * 1e3:.1f} ms | **{ratio:.1f}** |")
            print(rows[-1], flush=True)

    with tempfile.TemporaryDirectory() as folder:
        def mixture(rows_, columns, components):
            path = os.path.join(folder, f"{rows_}x{columns}.npy")
            if not os.path.exists(path):
                run([main_python, script("make_mixture.py"), str(rows_), str(columns), str(components), path])
            return path

        print("| work, one EM iteration, 2 threads | peer | latent | peer | peer / latent |")
        print("|---|---|---|---|---|", flush=True)
        for n, d, k, name in [(200_000, 10, 20, "200,000 × 10, K = 20"), (1_000_000, 2, 8, "1,000,000 × 2, K = 8")]:
            if arguments.only and "MNIST" in arguments.only:
                continue
            path = mixture(n, d, k)
            fit = lambda: ours(path, k, "--prior", "none", iterations=40)
            compare(f"{name}, full, double", "oneDAL", fit, lambda: theirs(onedal_python, script("gmm_onedal.py"), path, k))
            compare(f"{name}, full, double", "scikit-learn", fit,
                    lambda: theirs(main_python, script("gmm_sklearn.py"), path, k), min(arguments.rounds, 3))
            compare(f"{name}, diagonal, double", "scikit-learn",
                    lambda: ours(path, k, "--prior", "none", "--covariance", "diagonal", iterations=40),
                    lambda: theirs(main_python, script("gmm_sklearn.py"), path, k, "diag"), min(arguments.rounds, 3))
        if arguments.mnist:
            path = os.path.join(folder, "mnist20000.npy")
            run([main_python, "-c", f"""
import gzip, numpy
x = numpy.frombuffer(gzip.open({os.path.join(arguments.mnist, 'train-images-idx3-ubyte.gz')!r}).read(), numpy.uint8, offset=16)
numpy.save({path!r}, x.reshape(-1, 28, 28)[:20000].astype(numpy.float64).reshape(-1, 784) / 255)"""])
            for ours_precision, theirs_precision in [("double", "float64"), ("single", "float32")]:
                compare(f"MNIST 20,000 × 784, K = 10, full, {ours_precision}", "scikit-learn",
                        lambda: ours(path, 10, "--precision", ours_precision, iterations=9),
                        lambda: theirs(main_python, script("gmm_sklearn.py"), path, 10, "full", theirs_precision),
                        min(arguments.rounds, 2))
        if not arguments.only or "memory" in arguments.only:
            path = mixture(200_000, 10, 20)
            base = peak_memory([LATENT, "--version"])
            for file, k, size in [(path, 20, 200_000 * 10 * 8), (mixture(1_000_000, 2, 8), 8, 1_000_000 * 2 * 8)]:
                peak = peak_memory([LATENT, "fit", "gmm", file, "--components", str(k), "--init", "random",
                                    "--max-iterations", "5", "--quiet"])
                print(f"| peak memory of a fit to {size / 1e6:.0f} MB | | {peak / 1e6:.0f} MB | "
                      f"of which {base / 1e6:.0f} MB at start | {(peak - base) / size:.2f} × the data |")
        if not arguments.only or "start" in arguments.only:
            times = sorted(seconds([LATENT, "--version"]) for _ in range(11))
            print(f"| start-up (`latent --version`) | | {times[5] * 1e3:.1f} ms | | |")
        if not arguments.only or "CSV" in arguments.only:
            path = os.path.join(folder, "million.csv")
            array = mixture(1_000_000, 10, 20)
            run([main_python, "-c", f"import numpy; numpy.savetxt({path!r}, numpy.load({array!r}), delimiter=',', fmt='%.17g')"])
            read = lambda: seconds([LATENT, "fit", "gmm", path, "--components", "1", "--max-iterations", "1", "--prior", "none",
                                    "--init", "random", "--quiet", "--json"])
            pandas = f"""
import pandas, time
start = time.perf_counter(); pandas.read_csv({path!r}, header=None, engine='c'); print(time.perf_counter() - start)"""
            compare("1,000,000 × 10 of CSV, whole process and one iteration", "pandas, C engine, `read_csv` alone", read,
                    lambda: float(run([main_python, "-c", pandas])))


if __name__ == "__main__":
    main()
