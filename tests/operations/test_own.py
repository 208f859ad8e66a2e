"""Operations of one's own: checked before they are accepted, then as those of the table."""

import math
import random

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.operations.operation import FUNCTIONS, OPS

ROWS = {name: op for name, op in OPS.items() if not op.own}
rows = pytest.mark.parametrize("op", ROWS.values(), ids=list(ROWS))


def copied(op, name, factor=1.0, wrong=None):
    """A user's copy of a row, one partial multiplied by a factor."""

    def scaled(p):
        return lambda *inputs: factor * p(*inputs)

    partials = [scaled(p) if i == wrong else p for i, p in enumerate(op.partials)]
    return mg.op(name, op.value, partials, domain=op.domain, kink=op.kink)


@rows
def test_a_copy_of_a_row_passes_and_one_wrong_by_a_thousandth_does_not(op):
    copied(op, "right")
    before = dict(OPS), dict(FUNCTIONS)
    for i, partial in enumerate(op.partials):
        if any(partial(*point, op.value(*point)) for point in op.points()):
            with pytest.raises(ValueError, match=f"partial {i} of 'wrong' is .* but differences"):
                copied(op, "wrong", 1.001, i)
    assert before == (OPS, FUNCTIONS)


def test_own_op_has_value_gradient_and_second_derivative():
    gauss = mg.op("gauss", lambda x: mg.exp(-x * x), lambda x, out: -2.0 * x * out, symbol="G")
    x = mg.Value(0.5, "x")
    y = 3.0 * gauss(x)
    y.backward()
    assert gauss(0.5) == math.exp(-0.25)
    assert y.inputs[1].op == "gauss"
    assert x.grad == 3.0 * -math.exp(-0.25)
    (dy,) = mg.grad(y, [x])
    (d2y,) = mg.grad(dy, [x])
    assert dy.data == x.grad
    assert d2y.data == pytest.approx(3.0 * (4.0 * 0.25 - 2.0) * math.exp(-0.25), rel=1e-14)


def test_own_op_of_several_inputs_takes_numbers_as_partials():
    lean = mg.op(
        "lean", lambda x, y, z, t: 2 * x - y + z * t, [2, -1, lambda *i: i[3], lambda *i: i[2]]
    )
    xs = [mg.Value(x) for x in (1.0, 2.0, 3.0, 4.0)]
    out = lean(*xs)
    out.backward()
    assert out.data == lean(1, 2, 3, 4) == 12.0
    assert [x.grad for x in xs] == [2.0, -1.0, 4.0, 3.0]


def test_own_op_cannot_take_the_name_of_a_row():
    before = OPS["tanh"]
    with pytest.raises(ValueError, match="'tanh' already"):
        mg.op("tanh", lambda x: x, 1.0)
    assert OPS["tanh"] is before


def test_own_op_can_be_defined_again_and_a_wrong_definition_changes_nothing():
    mg.op("again", lambda x: 2.0 * x, 2.0)
    again = mg.op("again", lambda x: 3.0 * x, 3.0)
    held = OPS["again"], FUNCTIONS["again"]
    with pytest.raises(ValueError, match="partial 0 of 'again'"):
        mg.op("again", lambda x: 4.0 * x, 3.0)
    assert (OPS["again"], FUNCTIONS["again"]) == held
    assert again(mg.Value(1.0)).data == 3.0


def test_own_op_with_nothing_to_try_in_its_domain_is_refused():
    with pytest.raises(ValueError, match="no value at points of its domain"):
        mg.op("nowhere", lambda x: mg.log(x), lambda x: 1.0 / x, domain=(-5.0, -1.0))
    assert "nowhere" not in OPS


def test_own_op_divides_by_zero_as_ieee():
    inverse = mg.op("inverse", lambda x: 1 / x, lambda x: -1 / x**2, domain=(0.0, math.inf))
    assert inverse(0.0) == math.inf
    assert inverse(-0.0) == -math.inf
    assert OPS["inverse"].partials[0](0.0, math.inf) == -math.inf
    assert inverse(mg.Value(0.0)).data == math.inf


def test_own_op_overflows_as_ieee():
    grow = mg.op("grow", lambda x: math.exp(x), lambda x, out: out)
    power = mg.op("power10", lambda x: 10.0**x, lambda x, out: out * math.log(10.0))
    assert power(400.0) == math.inf
    assert not math.isfinite(grow(1000.0))
    assert not math.isfinite(grow(mg.Value(1000.0)).data)


def test_own_op_outside_the_domain_of_math_is_nan():
    ln = mg.op("ln", lambda x: math.log(x), lambda x: 1 / x, domain=(0.0, math.inf))
    assert math.isnan(ln(-1.0))


def test_own_op_returning_a_numpy_scalar_gives_a_float():
    cube = mg.op("cube", lambda x: np.float64(x) ** 3, lambda x: np.float64(3.0) * x * x)
    x = mg.Value(2.0)
    out = cube(x)
    out.backward()
    assert type(cube(2.0)) is type(out.data) is type(x.grad) is float
    assert (out.data, x.grad) == (8.0, 12.0)


def test_own_op_returning_no_number_is_a_type_error():
    with pytest.raises(TypeError, match="not complex"):
        mg.op("rooted", lambda x: (x + 0j) ** 0.5, lambda x: 1.0)
    assert "rooted" not in OPS


@pytest.mark.parametrize("name", ["", "a b", "linear", "exp", "class", "1x"])
def test_an_own_op_has_a_name_of_its_own(name):
    with pytest.raises(ValueError, match="operation"):
        mg.op(name, lambda x: x, lambda x: 1.0)


def test_a_partial_that_takes_numbers_only_says_so_when_derived_again():
    bend = mg.op(
        "bend", lambda x: x * x * 0.5, lambda x, k=1.0: k * math.sqrt(x * x) * (x > 0 or -1)
    )
    x = mg.Value(2.0)
    bend(x).backward()
    assert x.grad == 2.0
    with pytest.raises(TypeError, match="'bend' takes numbers only"):
        mg.grad(bend(x), [x])


def test_a_square_in_own_formulas_is_that_of_the_table():
    """Python's x ** 2 is off from x * x by a bit at one point in a thousand."""
    bowl = mg.op("bowl", lambda x, y: x**2 + y**2.0, [lambda x, y: 2 * x, lambda x, y: 2 * y])
    rng = random.Random(0)
    for engine in ("python", "numpy"):
        program = mg.record(lambda x: bowl(x, 0.5 * x), 1.0, engine=engine)
        for x in (rng.uniform(-4.0, 4.0) for _ in range(5_000)):
            assert program(x)[0] == bowl(x, 0.5 * x) == x * x + 0.5 * x * (0.5 * x)


def test_own_formulas_may_compute_with_arrays():
    dot = mg.op("dot_of_two", lambda x: (x * np.array([1.0, 2.0])).sum(), 3.0)
    assert dot(2.0) == 6.0
    assert type(dot(2)) is float
