"""Reference values of the special functions, to 60 digits with mpmath, rounded once to double.

    python3 generate_special_functions.py                 writes special-functions.json beside this file
    python3 generate_special_functions.py --points 5000   more points in each region (to measure errors)
    python3 generate_special_functions.py --coefficients  prints the constants of Digamma.swift
"""

import argparse
import json
import math
import pathlib
import random

import mpmath
from mpmath import mp, mpf

DIGITS = 60


def with_digits(digits, function, *arguments):
    with mp.workdps(digits):
        value = function(*arguments)
    return +value


def log_gamma(x):
    if x > 0:
        return mp.loggamma(mpf(x))
    y = -mpf(x)
    return with_digits(
        400, lambda: mp.log(mp.pi) - mp.log(abs(mp.sinpi(y))) - mp.loggamma(1 + y))


def digamma(x):
    if x > 0:
        return mp.psi(0, mpf(x))
    y = -mpf(x)
    return with_digits(400, lambda: mp.psi(0, 1 + y) + mp.pi * mp.cospi(y) / mp.sinpi(y))


def trigamma(x):
    if x > 0:
        return mp.psi(1, mpf(x))
    y = -mpf(x)
    return with_digits(400, lambda: (mp.pi / mp.sinpi(y)) ** 2 - mp.psi(1, 1 + y))


def multivariate_log_gamma(a, dimension):
    a = mpf(a)
    terms = sum(mp.loggamma(a - mpf(j) / 2) for j in range(dimension))
    return mpf(dimension * (dimension - 1)) / 4 * mp.log(mp.pi) + terms


def normal_quantile(p):
    # Newton steps on the logarithm of the distribution function from the leading tail term
    p = mpf(p)
    if p == 0.5:
        return mpf(0)
    z = -mp.sqrt(-2 * mp.log(p)) if p < mpf("0.02") else mpf(0)
    for _ in range(200):
        tail = mp.erfc(-z / mp.sqrt(2)) / 2
        step = (mp.log(tail) - mp.log(p)) * tail / mp.npdf(z)
        z -= step
        if abs(step) < mpf(10) ** -45:
            return z
    raise ArithmeticError(p)


def double(value):
    """The nearest double; an overflow becomes a string, JSON knows no infinity."""
    value = float(value)
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def near(draw, centres, lowest=-16):
    return lambda: draw.choice(centres) * (1 + draw.choice([-1, 1]) * 10 ** draw.uniform(lowest, -1))


def regions(draw):
    """Named generators of arguments: positive ones, then negative ones that are not integers."""
    log_gamma_roots = [-2.457024738220801, -2.7476826467274127, -3.1435808883499803,
                       -5.008218168322594, -9.99999972442663, -13.00000000016059]
    positive = {
        "tiny": lambda: 10 ** draw.uniform(-300, -3),
        "below one": lambda: draw.uniform(0.001, 1),
        "one to three": lambda: draw.uniform(1, 3),
        "to twenty": lambda: draw.uniform(3, 20),
        "large": lambda: 10 ** draw.uniform(1.3, 15),
        "huge": lambda: 10 ** draw.uniform(15, 300),
        "near one and two": near(draw, [1.0, 2.0]),
        "near the digamma root": near(draw, [1.4616321449683623]),
        "half integers": lambda: draw.randrange(1, 200) / 2,
    }
    negative = {
        "negative": lambda: draw.uniform(-20, 0),
        "negative tiny": lambda: -(10 ** draw.uniform(-300, -1)),
        "negative large": lambda: -(draw.randrange(20, 10**6) + draw.uniform(0.01, 0.99)),
        "negative half integers": lambda: 0.5 - draw.randrange(1, 100),
        "near the negative roots of log gamma": near(draw, log_gamma_roots, -15),
    }
    return positive, negative


def table(points):
    draw = random.Random(2011)
    positive, negative = regions(draw)
    fixed = [5e-324, 1e-308, 1e-300, 1e-155, 1e-20, 0.5, 1.0, 1.5, 2.0, 3.0, 7.999999999999999, 8.0,
             9.999999999999998, 10.0, 1.4616321449683622, 1.4616321449683625, 1e15, 2.0**53, 1e300,
             1.7e308, -0.5, -1.5, -1e-300, -1e-20, -4503599627370495.5]
    regions_of = {"fixed": fixed}
    for name, generate in {**positive, **negative}.items():
        regions_of[name] = [x for x in (generate() for _ in range(points)) if x > 0 or x != math.floor(x)]
    result = {name: [] for name in ("logGamma", "digamma", "trigamma")}
    functions = {"logGamma": log_gamma, "digamma": digamma, "trigamma": trigamma}
    for region, arguments in regions_of.items():
        for function, values in functions.items():
            for x in arguments:
                result[function].append({"region": region, "x": x, "y": double(values(x))})

    multivariate = []
    for dimension in (1, 2, 3, 10, 50, 500):
        for _ in range(max(points // 4, 4)):
            excess = 10 ** draw.uniform(-6, 6)
            a = (dimension - 1) / 2 + excess
            largest = max([abs(multivariate_log_gamma(a, 1))] + [
                abs(multivariate_log_gamma(a, d)) for d in (dimension,)])
            multivariate.append({
                "a": a, "dimension": dimension, "y": double(multivariate_log_gamma(a, dimension)),
                "scale": double(largest)})
    result["multivariateLogGamma"] = multivariate

    probabilities = [10 ** draw.uniform(-300, -1) for _ in range(points)]
    probabilities += [10 ** draw.uniform(-20, -1) for _ in range(points)]
    probabilities += [draw.uniform(0.01, 0.5) for _ in range(points)] + [0.075, 1.4e-11, 0.5]
    result["normalQuantile"] = [{"x": p, "y": double(normal_quantile(p))} for p in probabilities]
    return result


def coefficients():
    root = mp.findroot(lambda x: mp.psi(0, x), mpf("1.46163214496836234126"))
    high = float(root)
    print("root", repr(high), repr(float(root - mpf(high))))
    log_of_pi = mp.log(mp.pi)
    print("ln pi", repr(float(log_of_pi)), repr(float(log_of_pi - mpf(float(log_of_pi)))))

    def quotient(t):
        x = t + mpf(3) / 2
        return mp.psi(0, x) / (x - root) if abs(x - root) > mpf(10) ** -25 else mp.psi(1, root)

    fit, error = mpmath.chebyfit(quotient, [-mpf(1) / 2, mpf(1) / 2], 24, error=True)
    print("error", mp.nstr(error, 3))
    print("\n".join(f"  {float(value)!r}," for value in fit))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=24)
    parser.add_argument("--coefficients", action="store_true")
    parser.add_argument("--output", default=pathlib.Path(__file__).parent / "special-functions.json")
    options = parser.parse_args()
    mp.dps = DIGITS
    if options.coefficients:
        return coefficients()
    result = table(options.points)
    lists = [
        f'"{name}": [\n' + ",\n".join(json.dumps(entry) for entry in entries) + "\n]"
        for name, entries in result.items()]
    pathlib.Path(options.output).write_text("{\n" + ",\n".join(lists) + "\n}\n")


if __name__ == "__main__":
    main()
