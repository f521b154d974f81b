#!/usr/bin/env python3
"""Writes elementary.json: values of elementary functions by mpmath with 50 digits. Inputs are floats, written exactly."""
import json
import pathlib

import mpmath as mp

mp.mp.dps = 50


def inverse_normal(p):
    """Newton's method on the logarithm of the tail, which is nearly a parabola."""
    if p > mp.mpf("0.5"):
        return -inverse_normal(1 - p)
    x = -mp.sqrt(-2 * mp.log(p)) if p < mp.mpf("0.1") else (p - mp.mpf("0.5")) * mp.sqrt(2 * mp.pi)
    for _ in range(100):
        tail = mp.erfc(-x / mp.sqrt(2)) / 2
        step = (mp.log(tail) - mp.log(p)) * tail / (mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi))
        x -= step
        if abs(step) <= mp.mpf(10) ** -45 * (1 + abs(x)):
            return x
    raise ArithmeticError(p)


def beta(a, b, x):
    return mp.betainc(a, b, 0, x, regularized=True)


def inverse_beta(a, b, p):
    low, high = mp.mpf(0), mp.mpf(1)
    for _ in range(170):
        middle = (low + high) / 2
        low, high = (middle, high) if beta(a, b, middle) < p else (low, middle)
    return low


FUNCTIONS = {
    "exp": (mp.exp, [[x] for x in (-745.0, -700.5, -10.25, -1.0, -0.3, -1e-9, 1e-17, 0.1, 0.5, 1.0, 2.5, 50.75, 709.7)]),
    "ln": (mp.log, [[x] for x in (5e-324, 1e-310, 1e-5, 0.1, 0.7, 0.9999999, 1.0000001, 1.5, 2.0, 10.0, 1e300)]),
    "inverse_normal": (inverse_normal, [[x] for x in (
        5e-324, 1e-300, 1e-100, 1e-40, 1e-16, 1e-9, 1e-5, 0.001, 0.00159, 0.00161, 0.01, 0.025, 0.1, 0.25, 0.4, 0.4999,
        0.5000001, 0.6, 0.8413447460685429, 0.9, 0.975, 0.995, 0.9984, 0.9999, 0.9999999999999999)]),
    "normal_cdf": (mp.ncdf, [[x] for x in (-37.5, -20.25, -8.0, -3.3, -1.96, -1.0, -0.1, 0.25, 1.0, 3.0, 8.0)]),
    "erfc": (mp.erfc, [[x] for x in (-3.0, -0.5, 0.1, 0.5, 1.0, 2.5, 6.0, 15.0, 25.5)]),
    "ln_gamma": (mp.loggamma, [[x] for x in (1e-9, 0.01, 0.5, 0.99, 1.5, 2.01, 3.5, 15.9, 16.1, 100.25, 1e6)]),
    "regularised_beta": (beta, [[2.0, 4.0, 0.3], [1.8, 4.2, 0.01], [4.0, 4.0, 0.75], [1.0, 5.0, 0.999], [0.5, 0.5, 0.2],
                                [30.0, 3.0, 0.7], [100.0, 200.0, 0.3]]),
    "inverse_regularised_beta": (inverse_beta, [[2.0, 4.0, 0.001], [1.8, 4.2, 0.5], [4.0, 4.0, 0.999], [1.0, 5.0, 0.25],
                                                [0.5, 0.5, 0.1], [30.0, 3.0, 0.975], [100.0, 200.0, 0.01]]),
}

cases = []
for name, (function, inputs) in FUNCTIONS.items():
    for values in inputs:
        out = function(*[mp.mpf(value) for value in values])
        cases.append({"call": name, "in": [repr(value) for value in values], "out": mp.nstr(out, 25)})
file = {"source": {"origin": f"mpmath {mp.__version__}, 50 digits, by make.py", "licence": "computed facts"},
        "count": len(cases), "cases": cases}
pathlib.Path(__file__).with_name("elementary.json").write_text(json.dumps(file, indent=1) + "\n")
