"""However a function looks at its numbers, its program is right for others or is not made.

The ways that are refused, with their lines: tests/programs/test_branches.py. What is no number, and
data that do not fit, by engine: tests/programs/test_errors.py, tests/training/.
"""

import math
import operator

import numpy as np
import pytest

import microgradnet as mg
from microgradnet import Value

pytestmark = pytest.mark.slow

LOOKS = {
    "math": lambda x: math.sqrt(x) + x,
    "float": lambda x: float(x) * x,
    "int": lambda x: int(x) * x,
    "round": lambda x: round(x) * x,
    "index": lambda x: [1.0, 2.0, 3.0][operator.index(x)] * x,
    "range": lambda x: sum(x for _ in range(x)),
    "sorted": lambda x: sorted([x, mg.sin(x), x * x])[0],
    "max": lambda x: max(x, 2.0 - x),
    "max with a constant": lambda x: max(1.0, x),
    "any": lambda x: x if any([x - 2.0]) else -x,
    "match": lambda x: _matched(x),
    "dictionary": lambda x: {2.0: x, 3.0: -x}.get(x, x * x),
    "set": lambda x: x * len({x, 2.0}),
    "list": lambda x: x * [0.5, 2.0, x].index(x),
    "count": lambda x: x * (1 + [2.0, 3.0].count(x)),
    "text": lambda x: x * len(str(x)),
    "%": lambda x: x * float("%s" % (x,) == "2.0"),  # noqa: UP031
    "array": lambda x: np.array([x, x], dtype=float).sum() * x,
    "astype": lambda x: np.array([x, 1.0]).astype(float).sum() * x,
    "np.maximum": lambda x: np.maximum(x, 1.0) * x,
    "np.sign": lambda x: np.sign(x) * x,
    "np.where": lambda x: np.where(np.array([x]) > 2.5, x, -x)[0],
    "np.max": lambda x: np.max(np.array([x, 2.5])) * 1.0,
    "np.argmax": lambda x: x * np.argmax(np.array([x, 2.5])),
    "np.sort": lambda x: np.sort(np.array([x, 2.5 * x - 2.0]))[0] * 1.0,
    "np.isclose": lambda x: x if np.isclose(x, 2.0) else -x,
    "while": lambda x: _doubled(x),
    "assert": lambda x: _asserted(x),
    "grad": lambda x: mg.grad(x * x, [x])[0] * (x.grad + 1.0),
    "data": lambda x: x * x.data,
    "copy": lambda x: Value(x.data) * x,
}

# Dictionaries and sets know a Value as the node it is, recorded or not, and never as its number.
BY_IDENTITY = {LOOKS["dictionary"], LOOKS["set"]}


def _matched(x):
    match x:
        case 2.0:
            return x * 10.0
        case _:
            return x


def _doubled(x):
    while x < 5.0:
        x = x * 2.0
    return x


def _asserted(x):
    assert x < 2.5
    return x


def outcome(run):
    try:
        return run()
    except (TypeError, ValueError, AttributeError, AssertionError) as error:
        return type(error)


@pytest.mark.parametrize("f", LOOKS.values(), ids=list(LOOKS))
def test_a_recorded_program_is_right_for_other_numbers_too(f):
    program = outcome(lambda: mg.record(f, 2.0))
    if isinstance(program, type):
        return  # refused, or what the function raises of Values anyway
    for at in (2.0, 3.0, -1.0, 0.0):
        right = [outcome(lambda at=at: f(Value(at)))]
        if f not in BY_IDENTITY:
            right.append(outcome(lambda at=at: f(at)))
        for y in right:
            number = y.data if isinstance(y, Value) else y
            assert isinstance(number, type) or program(at) == (number,)
