#!/usr/bin/env python3
"""W7, conversions a second from Python: w7_units.py scalar|vector NAME

scalar: MWh to kWh, gal to L, mi to km, lb to kg in turn, the names of the units as text, as they arrive in telemetry.
`dict` multiplies by a factor from a dictionary and checks nothing. vector: a million doubles, MWh to kWh."""
import sys

import numpy as np
from common import Timed, emit

NAMES = {
    "pint": [("megawatt_hour", "kilowatt_hour"), ("gallon", "liter"), ("mile", "kilometer"), ("pound", "kilogram")],
    "ours": [("MWh", "kWh"), ("gal_us", "L"), ("mi", "km"), ("lb", "kg")],
}
FACTORS = [1000.0, 3.785411784, 1.609344, 0.45359237]


def converter(name):
    """A function of (value, from, to)."""
    if name == "pint":
        import pint
        registry = pint.UnitRegistry(cache_folder=None)
        return registry.convert
    if name == "dict":
        table = dict(zip(NAMES["ours"], FACTORS))
        return lambda value, a, b: value * table[a, b]
    import esg
    return esg.convert


def scalar(name, convert):
    pairs, n = NAMES.get(name, NAMES["ours"]), 20_000 if name == "pint" else 400_000
    for i in range(200):
        convert(1.5 + i, *pairs[i & 3])
    with Timed() as timed:
        for i in range(n):
            convert(1.5 + i, *pairs[i & 3])
    check = {"/".join(pair): float(convert(1.5, *pair)) for pair in pairs}
    emit(f"w7 scalar {name}", timed, n, dict(zip("abcd", check.values())))


def vector(name, convert):
    values, pair, n = np.arange(1_000_000, dtype=np.float64), NAMES.get(name, NAMES["ours"])[0], 50
    multiply = (lambda: values * 1000.0) if name == "numpy" else (lambda: convert(values, *pair))
    out = multiply()
    with Timed() as timed:
        for _ in range(n):
            out = multiply()
    emit(f"w7 vector {name}", timed, n * len(values), {"sum": float(out.sum())})


if __name__ == "__main__":
    what, name = sys.argv[1:]
    {"scalar": scalar, "vector": vector}[what](name, None if name == "numpy" else converter(name))
