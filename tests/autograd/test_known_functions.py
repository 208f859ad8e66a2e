"""Gradients of functions that optimisers are tried on, at their standard starting points.

After Moré, Garbow and Hillstrom, "Testing unconstrained optimization software" (1981), numbered
as there. Each function is written once, as a person writes it: on Values it gives the gradient, on
numbers of 50 digits what the gradient has to be. `m` holds exp, sin, ...: `mg`, or `mpmath`.
"""

import math

import mpmath
import pytest

import microgradnet as mg

mp = mpmath.mp.clone()
mp.dps = 50
# 6.8e-14 for trigonometric and 1.1e-14 for gaussian, whose residuals are small differences of
# large numbers; 5e-16 for all others.
WORST = 1e-13


def squares(residuals):
    return sum(r**2 for r in residuals)


def rosenbrock(x, m):  # 1
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def beale(x, m):  # 5
    y = (1.5, 2.25, 2.625)
    return squares(y[i] - x[0] * (1 - x[1] ** (i + 1)) for i in range(3))


def helical_valley(x, m):  # 7
    turns = 0.5 + m.atan2(-x[1], -x[0]) / (2 * math.pi)  # without a jump where x[0] < 0
    radius = m.sqrt(x[0] ** 2 + x[1] ** 2)
    return squares([10 * (x[2] - 10 * turns), 10 * (radius - 1), x[2]])


def gaussian(x, m):  # 9
    half = (0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521)
    y = (*half, 0.3989, *reversed(half))
    t = [(8 - i) / 2 for i in range(1, 16)]
    return squares(x[0] * m.exp(-x[1] * (ti - x[2]) ** 2 / 2) - yi for ti, yi in zip(t, y))


def powell_singular(x, m):  # 13
    return sum(
        (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4
        for a, b, c, d in zip(x[::4], x[1::4], x[2::4], x[3::4])
    )


def trigonometric(x, m):  # 26
    n, cosines = len(x), [m.cos(xi) for xi in x]
    return squares(
        n - sum(cosines) + i * (1 - c) - m.sin(xi)
        for i, (xi, c) in enumerate(zip(x, cosines), start=1)
    )


def brown_almost_linear(x, m):  # 27
    total = sum(x)
    return squares([*(xi + total - (len(x) + 1) for xi in x[:-1]), math.prod(x) - 1])


def broyden_tridiagonal(x, m):  # 30
    padded = [0.0, *x, 0.0]
    return squares(
        (3 - 2 * b) * b - a - 2 * c + 1 for a, b, c in zip(padded, padded[1:], padded[2:])
    )


STARTS = {
    rosenbrock: [-1.2, 1.0],
    beale: [1.0, 1.0],
    helical_valley: [-1.0, 0.0, 0.0],
    gaussian: [0.4, 1.0, 0.0],
    powell_singular: [3.0, -1.0, 0.0, 1.0],
    trigonometric: [0.1] * 10,
    brown_almost_linear: [0.5] * 10,
    broyden_tridiagonal: [-1.0] * 10,
}


def exact_gradient(f, start):
    """The gradient by differences of numbers of 50 digits, at the same doubles."""

    def along(i):
        return lambda xi: f([xi if j == i else mp.mpf(x) for j, x in enumerate(start)], mp)

    return [mp.diff(along(i), x) for i, x in enumerate(start)]


def relative_error(f, start):
    """The largest error of the gradient as a part of its largest component."""
    x = [mg.Value(xi, f"x{i}") for i, xi in enumerate(start, start=1)]
    f(x, mg).backward()
    exact = exact_gradient(f, start)
    largest = max(map(abs, exact))
    return float(max(abs(mp.mpf(xi.grad) - g) for xi, g in zip(x, exact)) / largest)


@pytest.mark.parametrize(("f", "start"), STARTS.items(), ids=[f.__name__ for f in STARTS])
def test_the_gradient_is_exact_to_rounding(f, start):
    assert relative_error(f, start) <= WORST
