#!/usr/bin/env python3
"""Prints the tables of esg-core/src/math/error_function.rs and gamma.rs: Chebyshev interpolation with 60 digits, as
polynomials, with the largest relative error that 1000 points between the nodes show. Needs mpmath."""
import mpmath as mp

mp.mp.dps = 60


def interpolated(f, low, high, count):
    """Coefficients of the polynomial through the values at the Chebyshev nodes of low..high."""
    middle, half = (low + high) / 2, (high - low) / 2
    angles = [mp.pi * (2 * i + 1) / (2 * count) for i in range(count)]
    values = [f(middle + half * mp.cos(angle)) for angle in angles]
    chebyshev = [2 * sum(v * mp.cos(k * a) for v, a in zip(values, angles)) / count for k in range(count)]
    chebyshev[0] /= 2
    # Chebyshev polynomials of (t - middle) / half, as polynomials of t.
    before, now = [mp.mpf(1)], [-middle / half, 1 / half]
    sums = [mp.mpf(0)] * count
    for k, c in enumerate(chebyshev):
        row = before if k == 0 else now
        for i, a in enumerate(row):
            sums[i] += c * a
        if k > 0:
            up = [mp.mpf(0)] + [2 * a / half for a in now]
            for i, a in enumerate(now):
                up[i] -= 2 * middle / half * a
            for i, a in enumerate(before):
                up[i] -= a
            before, now = now, up
    return sums


def normal_tail(t):
    """(1 + y) Q(y) e^(y^2 / 2) with t = (y - 3) / (y + 3)."""
    y = 3 * (1 + t) / (1 - t)
    if y < 100:
        return (1 + y) * mp.erfc(y / mp.sqrt(2)) / 2 * mp.exp(y * y / 2)
    fraction = y
    for k in range(60, 0, -1):
        fraction = k / fraction + y
    return (1 + y) / fraction / mp.sqrt(2 * mp.pi)


def gamma_middle(t):
    """ln gamma(x) / ((x - 1) (x - 2)) with t = (x - 1.25) / (x + 1.25)."""
    x = mp.mpf("1.25") * (1 + t) / (1 - t)
    return mp.loggamma(x) / ((x - 1) * (x - 2))


def show(name, f, low, high, count):
    low, high = mp.mpf(low), mp.mpf(high)
    c = interpolated(f, low, high, count)
    points = [low + (high - low) * (mp.mpf(i) + mp.mpf("0.37")) / 1000 for i in range(1000)]
    worst = max(abs(mp.polyval(c[::-1], t) / f(t) - 1) for t in points)
    print(f"{name}: relative error {mp.nstr(worst, 3)}")
    print(f"  {float(c[0])!r} + {float(c[0] - mp.mpf(float(c[0])))!r}")
    for value in c[1:]:
        print(f"  {float(value)!r}")


show("normal tail", normal_tail, -1, 1, 30)
# x from 0.5 to 3
show("gamma", gamma_middle, mp.mpf(-3) / 7, mp.mpf(7) / 17, 28)
