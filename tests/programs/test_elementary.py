"""Vector functions of the native engine against 50 digits, over the whole range of doubles."""

import math
from decimal import Context, Decimal, localcontext

import numpy as np
import pytest

import microgradnet as mg

pytest.importorskip("llvmlite")

# In units in the last place; sigmoid and softplus are made of exp, log1p and some roundings more.
BOUNDS = {"exp": 0.9, "expm1": 1.1, "log": 0.9, "log1p": 0.9, "tanh": 1.5}
BOUNDS |= {"sigmoid": 2.5, "softplus": 2.5}
SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -1.0, -1.5, 5e-324, -5e-324]
SPECIAL += [1.7976931348623157e308, -1.7976931348623157e308, 2.2250738585072014e-308]
ENDS = [709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412, -708.4]
DIGITS = Context(prec=50, Emin=-(10**6), Emax=10**6)


def log1p(x):
    return x - x * x / 2 if abs(x) < Decimal("1e-25") else (1 + x).ln()


def expm1(x):
    return x + x * x / 2 if abs(x) < Decimal("1e-25") else x.exp() - 1


EXACT = {
    "exp": lambda x: x.exp(),
    "expm1": expm1,
    "log": lambda x: x.ln(),
    "log1p": log1p,
    "tanh": lambda x: expm1(2 * x) / (expm1(2 * x) + 2),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: max(x, Decimal(0)) + log1p((-abs(x)).exp()),
}
RANGE = {"log": (0.0, math.inf), "log1p": (-1.0, math.inf)}


def function(op):
    """The function over rows, on the native engine."""
    program = mg.record(lambda x: getattr(mg, op)(x), 0.5, engine="native")
    return lambda x: program.map([], np.asarray(x)[:, None])[:, 0]


def points(op):
    """Doubles of every exponent, and more where the function is neither 0, 1, x nor inf."""
    rng = np.random.default_rng(0)
    exponents = np.arange(-1074, 1024)
    every = np.ldexp(rng.uniform(1.0, 2.0, len(exponents)), exponents)
    halves = np.arange(-60, 61) * (math.log(2.0) / 2)  # where the reduced argument jumps
    roots = np.ldexp(math.sqrt(0.5), np.arange(-20, 20))
    edges = np.concatenate([halves, roots, roots - 1.0, ENDS, np.linspace(-746.0, 710.0, 300)])
    edges = np.concatenate([np.nextafter(edges, -math.inf), edges, np.nextafter(edges, math.inf)])
    near = rng.uniform(-1.0, 1.0, (3, 1_000)) * [[1.0], [0.01], [30.0]]
    found = np.concatenate([every, -every, edges, near.ravel(), 1.0 + near[1], every - 1.0])
    low, high = RANGE.get(op, (-math.inf, math.inf))
    return found[(found > low) & (found < high)]


def errors(x, found, exact):
    """Of each number its distance from the exact one in ulp of that; inf where it should be so."""
    with localcontext(DIGITS):
        for a, b in zip(x.tolist(), found.tolist()):
            right = exact(Decimal(a))
            nearest = float(right)
            if math.isinf(nearest) or math.isinf(b) or math.isnan(b):
                yield 0.0 if b == nearest else math.inf
            else:
                yield float(abs(Decimal(b) - right) / Decimal(math.ulp(nearest)))


@pytest.mark.parametrize("op", BOUNDS)
def test_the_stated_ulp_hold_over_all_doubles(op):
    x = points(op)
    # Decimal's own exp needs long for arguments of 300 digits, where the answer is known.
    x = x[(np.abs(x) < 1e4) | np.isin(op, list(RANGE))]
    found = np.array(list(errors(x, function(op)(x), EXACT[op])))
    worst = int(np.argmax(found))
    assert found[worst] <= BOUNDS[op], x[worst]


@pytest.mark.parametrize("op", BOUNDS)
def test_far_out_and_special_numbers_are_pythons(op):
    far = np.ldexp(1.5, np.arange(14, 1024))
    x = np.concatenate([SPECIAL, far, -far, -np.ldexp(1.5, np.arange(-1074, 0))])
    found = function(op)(x)
    reference = mg.record(lambda x: getattr(mg, op)(x), 0.5)
    expected = np.array([reference(a)[0] for a in x.tolist()])
    nan = np.isnan(expected)
    assert np.array_equal(np.isnan(found), nan)
    assert np.array_equal(np.signbit(found[~nan]), np.signbit(expected[~nan]))
    finite = np.isfinite(expected)
    assert np.array_equal(found[~finite & ~nan], expected[~finite & ~nan])
    off = np.abs(found[finite] - expected[finite])
    with np.errstate(over="ignore"):
        assert np.all(off <= 2 * np.spacing(np.abs(expected[finite])))


def test_a_derivative_of_tanh_is_within_4_ulp():
    y = mg.Value(0.5, "x")
    slope = mg.compile(mg.grad(mg.tanh(y), [y]), [y], engine="native")
    x = np.random.default_rng(0).uniform(-20.0, 20.0, 2_000)

    def exact(a):
        return 4 / ((-a).exp() + a.exp()) ** 2

    assert max(errors(x, slope.map([], x[:, None])[:, 0], exact)) <= 4.0
