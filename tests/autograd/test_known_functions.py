"""Gradients of 25 functions that optimisers are tried on, at their standard starting points.

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


def freudenstein_roth(x, m):  # 2
    first = -13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1]
    second = -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]
    return squares([first, second])


def powell_badly_scaled(x, m):  # 3
    return squares([1e4 * x[0] * x[1] - 1, m.exp(-x[0]) + m.exp(-x[1]) - 1.0001])


def brown_badly_scaled(x, m):  # 4
    return squares([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


def beale(x, m):  # 5
    y = (1.5, 2.25, 2.625)
    return squares(y[i] - x[0] * (1 - x[1] ** (i + 1)) for i in range(3))


def helical_valley(x, m):  # 7
    turns = 0.5 + m.atan2(-x[1], -x[0]) / (2 * math.pi)  # without a jump where x[0] < 0
    radius = m.sqrt(x[0] ** 2 + x[1] ** 2)
    return squares([10 * (x[2] - 10 * turns), 10 * (radius - 1), x[2]])


def bard(x, m):  # 8
    y = (0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39)
    places = [(u, 16 - u, min(u, 16 - u)) for u in range(1, 16)]
    return squares(yi - (x[0] + u / (v * x[1] + w * x[2])) for yi, (u, v, w) in zip(y, places))


def gaussian(x, m):  # 9
    half = (0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521)
    y = (*half, 0.3989, *reversed(half))
    t = [(8 - i) / 2 for i in range(1, 16)]
    return squares(x[0] * m.exp(-x[1] * (ti - x[2]) ** 2 / 2) - yi for ti, yi in zip(t, y))


def meyer(x, m):  # 10
    y = (34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744)
    y += (8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872)
    return squares(x[0] * m.exp(x[1] / (50 + 5 * i + x[2])) - yi for i, yi in enumerate(y))


def box_3d(x, m):  # 12
    def residual(t):
        return m.exp(-t * x[0]) - m.exp(-t * x[1]) - x[2] * (math.exp(-t) - math.exp(-10 * t))

    return squares(residual(i / 10) for i in range(1, 11))


def powell_singular(x, m):  # 13, and 22 where there are more than four
    return sum(
        (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4
        for a, b, c, d in zip(x[::4], x[1::4], x[2::4], x[3::4])
    )


def wood(x, m):  # 14
    valleys = rosenbrock(x, m) + 90 * (x[3] - x[2] ** 2) ** 2 + (1 - x[2]) ** 2
    return valleys + 10 * (x[1] + x[3] - 2) ** 2 + (x[1] - x[3]) ** 2 / 10


def kowalik_osborne(x, m):  # 15
    y = (0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246)
    u = (4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625)
    return squares(
        yi - x[0] * (ui**2 + ui * x[1]) / (ui**2 + ui * x[2] + x[3]) for yi, ui in zip(y, u)
    )


def brown_dennis(x, m):  # 16
    t = [i / 5 for i in range(1, 21)]
    return squares(
        (x[0] + ti * x[1] - math.exp(ti)) ** 2 + (x[2] + x[3] * math.sin(ti) - math.cos(ti)) ** 2
        for ti in t
    )


def osborne_1(x, m):  # 17
    y = (0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751)
    y += (0.718, 0.685, 0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490)
    y += (0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406)
    return squares(
        yi - (x[0] + x[1] * m.exp(-10 * i * x[3]) + x[2] * m.exp(-10 * i * x[4]))
        for i, yi in enumerate(y)
    )


def biggs_exp6(x, m):  # 18
    def residual(t):
        y = math.exp(-t) - 5 * math.exp(-10 * t) + 3 * math.exp(-4 * t)
        return x[2] * m.exp(-t * x[0]) - x[3] * m.exp(-t * x[1]) + x[5] * m.exp(-t * x[4]) - y

    return squares(residual(i / 10) for i in range(1, 14))


def watson(x, m):  # 20
    def residual(t):
        slope = sum(j * xj * t ** (j - 1) for j, xj in enumerate(x) if j)
        return slope - sum(xj * t**j for j, xj in enumerate(x)) ** 2 - 1

    return squares([*(residual(i / 29) for i in range(1, 30)), x[0], x[1] - x[0] ** 2 - 1])


def extended_rosenbrock(x, m):  # 21
    return sum(rosenbrock(pair, m) for pair in zip(x[::2], x[1::2]))


def penalty_1(x, m):  # 23
    return 1e-5 * squares(xi - 1 for xi in x) + (squares(x) - 0.25) ** 2


def penalty_2(x, m):  # 24
    n, grown = len(x), [m.exp(xi / 10) for xi in x]
    y = [math.exp((i + 1) / 10) + math.exp(i / 10) for i in range(n)]
    steps = squares(grown[i] + grown[i - 1] - y[i] for i in range(1, n))
    levels = squares(g - math.exp(-0.1) for g in grown[1:])
    length = sum((n - j) * xj**2 for j, xj in enumerate(x))
    return (x[0] - 0.2) ** 2 + 1e-5 * (steps + levels) + (length - 1) ** 2


def variably_dimensioned(x, m):  # 25
    weighed = sum(j * (xj - 1) for j, xj in enumerate(x, start=1))
    return squares(xi - 1 for xi in x) + weighed**2 + weighed**4


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
    freudenstein_roth: [0.5, -2.0],
    powell_badly_scaled: [0.0, 1.0],
    brown_badly_scaled: [1.0, 1.0],
    beale: [1.0, 1.0],
    helical_valley: [-1.0, 0.0, 0.0],
    bard: [1.0, 1.0, 1.0],
    gaussian: [0.4, 1.0, 0.0],
    meyer: [0.02, 4000.0, 250.0],
    box_3d: [0.0, 10.0, 20.0],
    powell_singular: [3.0, -1.0, 0.0, 1.0],
    wood: [-3.0, -1.0, -3.0, -1.0],
    kowalik_osborne: [0.25, 0.39, 0.415, 0.39],
    brown_dennis: [25.0, 5.0, -5.0, -1.0],
    osborne_1: [0.5, 1.5, -1.0, 0.01, 0.02],
    biggs_exp6: [1.0, 2.0, 1.0, 1.0, 1.0, 1.0],
    watson: [0.0] * 6,
    extended_rosenbrock: [-1.2, 1.0] * 5,
    penalty_1: [1.0 * i for i in range(1, 11)],
    penalty_2: [0.5] * 10,
    variably_dimensioned: [1.0 - j / 10 for j in range(1, 11)],
    trigonometric: [0.1] * 10,
    brown_almost_linear: [0.5] * 10,
    broyden_tridiagonal: [-1.0] * 10,
}
CASES = [*STARTS.items(), (powell_singular, [3.0, -1.0, 0.0, 1.0] * 3)]  # the last: 22
NAMES = [*(f.__name__ for f in STARTS), "extended_powell_singular"]


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


@pytest.mark.parametrize(("f", "start"), CASES, ids=NAMES)
def test_the_gradient_is_exact_to_rounding(f, start):
    assert relative_error(f, start) <= WORST


def test_there_are_25_of_them():
    assert len(CASES) == len(set(NAMES)) == 25
