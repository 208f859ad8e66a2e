"""A Value where a number belongs: functions of `math` and `==` say what to write instead."""

import math
import operator
import warnings
from math import exp as e_to_the

import numpy as np
import pytest

import microgradnet as mg
from microgradnet import Value

INTEGERS = {"comb", "factorial", "gcd", "isqrt", "lcm", "perm"}  # ask for an int, as of a float
WORKING = {"prod", "sumprod"}  # by + and * alone
OF_NUMBERS = {"trunc"}  # asks for a method, as of any object
UNKNOWN = {"cbrt", "erf", "erfc", "gamma", "lgamma"}
FUNCTIONS = {n for n in dir(math) if callable(getattr(math, n)) and not n.startswith("_")}
REFUSED = sorted(FUNCTIONS - INTEGERS - WORKING - OF_NUMBERS)
DOMAIN = {"acosh": 1.5}
GIVEN = ("v", "v, w", "v, 2", "v, w, u", "[v, w]", "[v, w], [w, v]")


def called(name, at=0.5):
    """The message of a call that stands in code, and how the call is written."""
    for given in GIVEN[name == "hypot" :]:
        names = {"math": math, "v": Value(at, "v"), "w": Value(0.25, "w"), "u": 2.0}
        try:
            eval(f"math.{name}({given})", names)
        except TypeError as error:
            if "forget" in str(error):
                return str(error), given
    return "", ""


@pytest.mark.parametrize("name", REFUSED)
def test_each_function_of_math_is_named_with_a_way_out(name):
    says, _ = called(name)
    assert says.startswith(f"math.{name}() would forget how ")
    ways = ("write ", "take its .data") if name not in UNKNOWN else (f"mg.op adds {name}",)
    assert any(f"was computed: {way}" in says for way in ways)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_to_be_written_gives_the_number_of_math(name):
    at = DOMAIN.get(name, 0.5)
    says, given = called(name, at)
    written = says.partition("was computed: write ")[2].partition(" or ")[0]
    numbers = {"math": math, "mg": mg, "v": at, "w": 0.25, "u": 2.0}
    if not written:
        return
    nodes = numbers | {"v": Value(at), "w": Value(0.25)}
    found = eval(written.replace("...", given), nodes)
    assert type(found) is Value
    assert found.data == pytest.approx(eval(f"math.{name}({given})", numbers), rel=1e-12)


@pytest.fixture
def v():
    return Value(0.5, "w")


def test_the_message_is_one_sentence_with_both_spellings(v):
    with pytest.raises(TypeError) as caught:
        math.exp(v)
    assert str(caught.value) == (
        "math.exp() would forget how 'w' was computed: write mg.exp(v) or v.exp()"
    )


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda v: e_to_the(v), "exp"),
        (lambda v: math.exp(-v * math.sqrt(2.0)), "exp"),
        (lambda v: math.exp(math.sqrt(v)), "sqrt"),
        (lambda v: 1 / (1 + math.exp(-v)), "exp"),
        (lambda v: [math.tanh(x) for x in (v, v)], "tanh"),
        (lambda v, f=math.sin: f(v), "sin"),
        (lambda v: math.log(v, 2), "log"),
        (lambda v: math.hypot(*[v, v]), "hypot"),
    ],
)
def test_the_function_is_found_however_it_is_called(v, call, name):
    with pytest.raises(TypeError, match=rf"^math.{name}\(\) would .*: write mg.{name}\("):
        call(v)


@pytest.mark.parametrize(
    "call",
    [
        lambda v: float(v),
        lambda v: list(map(math.exp, [v])),
        lambda v: np.array([v], dtype=float),
        lambda v: math.fsum(x for x in (v,)),
    ],
)
def test_where_no_function_is_seen_both_ways_are_told(v, call):
    with pytest.raises(TypeError) as caught:
        call(v)
    assert "would forget how 'w' was computed" in str(caught.value.__cause__ or caught.value)
    assert ".data" in str(caught.value) or "sum(" in str(caught.value)


COMPARED = [
    (lambda v: v == 1, False),
    (lambda v: v == 0.5, False),
    (lambda v: 1.0 == v, False),  # noqa: SIM300
    (lambda v: v != 0.5, True),
    (lambda v: v == np.float64(0.5), False),
    (lambda v: np.float64(0.5) == v, False),
    (lambda v: v == np.int64(1), False),
    (lambda v: v == True, False),  # noqa: E712
]


@pytest.mark.parametrize(("compare", "answer"), COMPARED)
def test_a_comparison_with_a_number_is_answered_and_warned_of(v, compare, answer):
    with pytest.warns(UserWarning, match=r"^'w' equals no number.*\.data") as caught:
        assert bool(compare(v)) is answer
    assert [w.filename for w in caught] == [__file__]


def test_it_warns_once_a_line(v):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for i in range(5):
            assert not v == i  # noqa: SIM201
    assert len(caught) == 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda v: v == v,
        lambda v: v != Value(0.5),
        lambda v: v != None,  # noqa: E711
        lambda v: v != "",
        lambda v: v != [],
        lambda v: v in (3.0, v),
        lambda v: v not in [0.5, 1],
        lambda v: [0.5, v].index(v) == 1,
        lambda v: {0.5: 0, v: 1}[v] == 1,
        lambda v: (2.0 * v).inputs == (2.0, v),
        lambda v: np.array([v, 0.5], dtype=object).tolist().count(v) == 1,
        lambda v: operator.ne(v, 0.5),  # of a library, which compares whatever it is given
    ],
)
def test_what_is_no_comparison_with_a_number_is_silent(v, ask):
    assert ask(v)


class SameHash(Value):
    def __hash__(self):
        return hash(0.5)


def test_a_lookup_among_numbers_of_the_same_hash_is_silent():
    v = SameHash(0.5)
    assert v not in {0.5: "x"}
    assert len({0.5, v}) == 2
