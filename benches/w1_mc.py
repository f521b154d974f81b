#!/usr/bin/env python3
"""W1, the peers: mean, sd and quantiles of a sum of products of random variables.

    w1_mc.py numpy|numpy_2t|numba|scipy_sobol DRAWS

The clock starts with the model in memory; compiling (Numba) is done before. NumPy works in place on blocks that stay in
the cache, as fast as its generators allow: SFC64 is its fastest one, a product of lognormals is one exponential, and its own
scalar `triangular` beats a masked inverse. Numba fills blocks from the same generator and leaves the loops to LLVM."""
import json
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from common import DATA, Timed, emit

BLOCK, SEED, THREADS = 8192, 1, 2
MODEL = json.loads((DATA / "w1_model.json").read_text())
GASES = [gwp["gas"] for gwp in MODEL["gwp"]]
KINDS = {"triangular": 0, "normal": 1, "lognormal": 2, "constant": 3}
NAMES = {"triangular": ("low", "mode", "high"), "normal": ("mean", "sd"), "lognormal": ("mu", "sigma"),
         "constant": ("value",)}


def parameters(law):
    values = [law[name] for name in NAMES[law["law"]]]
    return values + [0.0] * (3 - len(values))


MU = np.array([item["activity"]["mu"] for item in MODEL["items"]])
SIGMA = np.array([item["activity"]["sigma"] for item in MODEL["items"]])
GAS = np.array([GASES.index(item["gas"]) for item in MODEL["items"]])
KIND = np.array([KINDS[item["factor"]["law"]] for item in MODEL["items"]])
FACTOR = np.array([parameters(item["factor"]) for item in MODEL["items"]])
GWP_KIND = np.array([KINDS[gwp["law"]] for gwp in MODEL["gwp"]])
GWP = np.array([parameters(gwp) for gwp in MODEL["gwp"]])


def triangular(u, low, mode, high):
    rise, fall = (high - low) * (mode - low), (high - low) * (high - mode)
    return np.where(u < (mode - low) / (high - low), low + np.sqrt(u * rise), high - np.sqrt((1 - u) * fall))


def gwp_draws(kind, p, normal, uniform):
    match kind:
        case 0: return triangular(uniform(), *p)
        case 1: return p[0] + p[1] * normal()
        case 2: return np.exp(p[0] + p[1] * normal())
        case _: return p[0]


def numpy_block(rng, n):
    by_gas = [np.zeros(n) for _ in GASES]
    value, factor = np.empty(n), np.empty(n)
    for i in range(len(MU)):
        rng.standard_normal(n, out=value)
        value *= SIGMA[i]
        value += MU[i]
        if KIND[i] == 0:
            np.exp(value, out=value)
            value *= rng.triangular(*FACTOR[i], n)
        else:
            rng.standard_normal(n, out=factor)
            factor *= FACTOR[i, 1]
            factor += FACTOR[i, 0]
            if KIND[i] == 2:
                value += factor
                np.exp(value, out=value)
            else:
                np.exp(value, out=value)
                value *= factor
        by_gas[GAS[i]] += value
    return sum(by_gas[g] * gwp_draws(GWP_KIND[g], GWP[g], lambda: rng.standard_normal(n), lambda: rng.random(n))
               for g in range(len(GASES)))


def blocks(draw, draws, block, threads):
    """Blocks with a generator each, on so many threads."""
    seeds = np.random.SeedSequence(SEED).spawn(-(-draws // block))
    total = np.empty(draws)

    def one(number):
        part = total[number * block:(number + 1) * block]
        draw(np.random.Generator(np.random.SFC64(seeds[number])), part)
    if threads == 1:
        for number in range(len(seeds)):
            one(number)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, range(len(seeds))))
    return total


def numpy_run(threads):
    def draw(rng, out):
        out[:] = numpy_block(rng, len(out))
    return lambda draws: blocks(draw, draws, BLOCK, threads)


def numba_run():
    import numba

    @numba.njit(nogil=True, fastmath=True)
    def inverse(u, low, mode, high):
        if u < (mode - low) / (high - low):
            return low + np.sqrt(u * (high - low) * (mode - low))
        return high - np.sqrt((1 - u) * (high - low) * (high - mode))

    @numba.njit(nogil=True, fastmath=True)
    def kernel(rng, out, mu, sigma, gas, kind, factor, gwp_kind, gwp):
        n = out.shape[0]
        x, y, by_gas = np.empty(n), np.empty(n), np.zeros((gwp.shape[0], n))
        for i in range(mu.shape[0]):
            for d in range(n):
                x[d] = rng.standard_normal()
            total, m, s = by_gas[gas[i]], mu[i], sigma[i]
            a, b, c = factor[i, 0], factor[i, 1], factor[i, 2]
            if kind[i] == 0:
                for d in range(n):
                    y[d] = rng.random()
                below, rise, fall = (b - a) / (c - a), (c - a) * (b - a), (c - a) * (c - b)
                for d in range(n):
                    rising = y[d] < below
                    root = np.sqrt(rise * y[d] if rising else fall * (1.0 - y[d]))
                    total[d] += np.exp(m + s * x[d]) * (a + root if rising else c - root)
            else:
                for d in range(n):
                    y[d] = rng.standard_normal()
                if kind[i] == 1:
                    for d in range(n):
                        total[d] += np.exp(m + s * x[d]) * (a + b * y[d])
                else:
                    for d in range(n):
                        total[d] += np.exp(m + s * x[d] + a + b * y[d])
        out[:] = 0.0
        for g in range(gwp.shape[0]):
            a, b, c = gwp[g, 0], gwp[g, 1], gwp[g, 2]
            for d in range(n):
                weight = a
                if gwp_kind[g] == 0:
                    weight = inverse(rng.random(), a, b, c)
                elif gwp_kind[g] == 1:
                    weight = a + b * rng.standard_normal()
                elif gwp_kind[g] == 2:
                    weight = np.exp(a + b * rng.standard_normal())
                out[d] += by_gas[g, d] * weight

    def draw(rng, out):
        kernel(rng, out, MU, SIGMA, GAS, KIND, FACTOR, GWP_KIND, GWP)
    draw(np.random.Generator(np.random.SFC64(0)), np.empty(8))
    return lambda draws: blocks(draw, draws, 4096, THREADS)


def scipy_sobol():
    from scipy.special import ndtri
    from scipy.stats import qmc

    def run(draws):
        items, block = len(MU), 4096
        points = qmc.Sobol(2 * items + len(GASES), rng=SEED)
        total = np.empty(draws)
        for first in range(0, draws, block):
            u = np.clip(points.random(min(block, draws - first)).T.copy(), 1e-16, 1 - 1e-16)
            by_gas = np.zeros((len(GASES), u.shape[1]))
            for i in range(items):
                log, p = MU[i] + SIGMA[i] * ndtri(u[i]), FACTOR[i]
                match KIND[i]:
                    case 0: value = np.exp(log) * triangular(u[items + i], *p)
                    case 1: value = np.exp(log) * (p[0] + p[1] * ndtri(u[items + i]))
                    case _: value = np.exp(log + p[0] + p[1] * ndtri(u[items + i]))
                by_gas[GAS[i]] += value
            last = u[2 * items:]
            total[first:first + block] = sum(
                by_gas[g] * gwp_draws(GWP_KIND[g], GWP[g], lambda: ndtri(last[g]), lambda: last[g])
                for g in range(len(GASES)))
        return total
    return run


RUNS = {"numpy": lambda: numpy_run(1), "numpy_2t": lambda: numpy_run(THREADS), "numba": numba_run,
        "scipy_sobol": scipy_sobol}


def main():
    name, draws = sys.argv[1], int(sys.argv[2])
    run = RUNS[name]()
    with Timed() as timed:
        total = run(draws)
        low, middle, high = np.quantile(total, [0.025, 0.5, 0.975])
        check = {"mean~": float(total.mean()), "sd~": float(total.std(ddof=1)), "p2.5~": float(low),
                 "p50~": float(middle), "p97.5~": float(high)}
    emit(f"w1 {name}", timed, draws, check)


if __name__ == "__main__":
    main()
