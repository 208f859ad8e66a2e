"""Each row of the table: gradients against differences, spellings."""

import builtins
import copy
import math
import sys
import types
import zlib
from pathlib import Path

import numpy as np
import pytest

from microgradnet.tape.rules.rows import by_differences, leaves, mapped
from microgradnet.tape.table import SIGNS, TABLE, of_function, of_method, of_operator, opaque

RNG = np.random.default_rng(7)
EPS = 2.0**-53


def normal(*shape):
    return RNG.normal(size=shape)


def positive(*shape):
    return RNG.uniform(0.5, 2.0, size=shape)


def inside(*shape):
    return RNG.uniform(-0.6, 0.6, size=shape)


UNARY = {
    normal: "negative positive real imag conjugate same float abs square exp exp2 expm1 sin cos "
    "arctan sinh cosh tanh arcsinh radians degrees erf erfc expit nan_to_num",
    positive: "rsqrt sqrt cbrt reciprocal log log1p log2 log10",
    inside: "tan arcsin arccos arctanh",
    lambda *shape: 1 + positive(*shape): "arccosh",
}
BINARY = {
    normal: "add subtract multiply hypot logaddexp maximum minimum",
    positive: "divide power mod fmod arctan2",
}
TEXT = (Path(__file__).parent / "rows.txt").read_text(encoding="utf-8")
NAMES = {"normal": normal, "positive": positive, "np": np, "at": np.s_, "x": normal(3, 4)}
NAMES |= {"index": np.array([2, 0, 2]), "mask": np.array([[True, False, True], [True] * 3])}


def cases():
    """A row, its operands and keywords: floats, 0-d, empty, broadcast, nested; then of the text."""
    for numbers, names in UNARY.items():
        for name in names.split():
            for x in (float(numbers()), numbers(2, 3), np.array(numbers()), numbers(0, 3)):
                yield name, [x], {}
            if name not in ("float", "arctanh"):
                yield name, [[[float(numbers()), 1], [float(numbers()), float(numbers())]]], {}
    for numbers, names in BINARY.items():
        for name in names.split():
            yield name, [float(numbers()), float(numbers())], {}
            yield name, [numbers(2, 1, 3), numbers(4, 1)], {}
            yield name, [numbers(3), 2], {}
            yield name, [numbers(0, 3), numbers(3)], {}
            yield name, [(float(numbers()), 0.75), numbers(2, 2)], {}
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":  # before, both limits have to be given
        yield "clip", [normal(5)], {"min": 0.1}
    for line in TEXT.splitlines():  # each with numbers of its own, whatever stands before it
        RNG.bit_generator.state = np.random.PCG64(zlib.crc32(line.encode())).state
        names, _, operands = line.partition("(")
        for name in [] if line.startswith("#") else names.split():
            yield name, *eval(f"(lambda *args, **kw: (list(args), kw))({operands}", NAMES)


BY_NAME = {}
for _name, *_given in cases():
    BY_NAME.setdefault(_name, []).append(_given)


def pairs(tree, grads):
    """The leaves with their gradients; a constant has none."""
    if isinstance(tree, (list, tuple)):
        assert len(tree) == len(grads)
        return [p for t, g in zip(tree, grads) for p in pairs(t, g)]
    if isinstance(tree, dict):
        assert tree.keys() == grads.keys()
        return [p for k, t in tree.items() for p in pairs(t, grads[k])]
    if leaves(tree):
        assert grads is None or np.shape(grads) == np.shape(tree)
        return [(tree, 0.0 if grads is None else grads)]
    assert grads is None
    return []


def at(row, args, kw, numbers):
    """The results at other numbers, the row's own function called."""
    fresh = iter(numbers)
    args, kw = mapped(lambda _: next(fresh), (list(args), kw))
    return leaves(row.value(*args, **kw))


def check_gradients(row, args, kw):
    """Compare the gradient of each leaf with a difference quotient in a random direction."""
    rng = np.random.default_rng(0)
    out = row.value(*args, **kw)
    g = mapped(lambda r: rng.normal(size=np.shape(r)) + 0.0, out)
    upstream, grads = leaves(g), row.back(g, out, args, kw)
    numbers = leaves((args, kw))
    for k, (x, g) in enumerate(pairs((list(args), kw), grads)):
        along, ends = rng.normal(size=np.shape(x)), []
        for step in (4e-4, 2e-4, -2e-4, -4e-4):
            moved = [*numbers[:k], x + step * along, *numbers[k + 1 :]]
            ends.append(sum(np.sum(u * r) for u, r in zip(upstream, at(row, args, kw, moved))))
        expected = (8 * (ends[1] - ends[2]) - (ends[0] - ends[3])) / 24e-4
        scale = np.sum(np.abs(g * along)) + max(abs(e) for e in ends)
        assert abs(np.sum(g * along) - expected) <= 1e-9 * scale + 1e-14


@pytest.mark.parametrize("name", BY_NAME)
def test_the_gradients_are_those_of_differences_and_a_thousandth_off_is_seen(name, monkeypatch):
    for args, kw in BY_NAME[name]:
        check_gradients(TABLE[name], args, kw)
    row, back = copy.copy(TABLE[name]), TABLE[name].back
    monkeypatch.setattr(row, "back", lambda *given: mapped(lambda x: 1.001 * x, back(*given)))
    if name not in ("fill", "full_like", "imag"):
        with pytest.raises(AssertionError):
            check_gradients(row, *BY_NAME[name][0])


def test_each_row_that_has_a_derivative_has_a_case():
    assert {name for name, row in TABLE.items() if not row.is_flat} == {*BY_NAME}


# -- spellings


def spellings():
    return [(row, path) for row in TABLE.values() for path in row.spelled]


@pytest.fixture
def special(monkeypatch):
    """A package as scipy.special is: none is installed for these tests."""
    names = [p.split(".")[-1] for _, p in spellings() if p.startswith("scipy")]
    module = types.SimpleNamespace()
    for name in names:
        exec(f"def {name}(x): return x", found := {})
        setattr(module, name, found[name])
    monkeypatch.setitem(sys.modules, "scipy.special", module)
    return module


def test_each_spelling_is_of_its_row(special):
    for row, path in spellings():
        if path.startswith("."):
            assert of_method(path[1:]).name == row.name
        elif path in SIGNS:
            assert of_operator(path).name == of_function(SIGNS[path]).name == row.name
        else:
            found = special if path.startswith("scipy") else builtins
            if path.startswith(("np.", "math.", "copy.")):
                found = {"np": np, "math": math, "copy": copy}[path.partition(".")[0]]
            for name in path.split(".")[2 if found is special else found is not builtins :]:
                found = getattr(found, name, None)
            assert found is None or of_function(found).name == row.name
    paths = [path for _, path in spellings()]
    assert len(paths) == len({*paths})


def test_the_value_is_that_of_the_spelling():
    x = normal(3, 4)
    assert of_function(math.exp).value(0.3) == math.exp(0.3)
    assert type(of_function(math.exp).value(0.3)) is float
    assert np.array_equal(of_method("std").value(x, 0, ddof=1), x.std(0, ddof=1))
    assert np.array_equal(of_method("T").value(x), x.T)
    assert np.array_equal(of_method("reshape").value(x, 2, -1), x.reshape(2, -1))
    assert of_operator("/").value(1.0, 3.0) == 1.0 / 3.0


def test_outside_its_domain_a_value_is_that_of_numpy():
    with np.errstate(all="ignore"):
        assert math.isnan(of_function(math.log).value(-1.0))
        assert of_operator("/").value(1.0, 0.0) == math.inf
        assert np.array_equal(of_function(math.exp).value(np.zeros(2)), [1.0, 1.0])


METHODS = {  # of an array, with what they are called with
    **dict.fromkeys(("T", "flatten", "tolist", "mean", "diagonal", "copy"), ()),
    **{"reshape": (2, 6), "transpose": (1, 0), "sum": (0,), "dot": (normal(4),), "item": (5,)},
    **{"clip": (-0.5, 0.5), "repeat": (2,), "max": (1,), "astype": (float,), "cumsum": (1,)},
    "take": ([1, 1], 0),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_method_has_gradients_too(name):
    check_gradients(of_method(name), [normal(3, 4), *METHODS[name]], {})


@pytest.mark.parametrize(
    "f", [np.add.reduce, np.maximum.reduce, np.logaddexp.reduce, np.add.accumulate]
)
def test_a_method_of_a_function_of_numpy_works_along_the_first_axis(f):
    check_gradients(of_function(f), [normal(3, 4)], {})


def test_add_at_adds_at_each_of_several_equal_indices_and_writes_into_nothing():
    a = np.zeros(3)
    assert of_function(np.add.at).value(a, [0, 0, 1], 1.0).tolist() == [2.0, 1.0, 0.0]
    assert a.tolist() == [0.0, 0.0, 0.0]


def test_a_cut_and_numbers_that_become_whole_hand_nothing_back():
    x = normal(3)
    out = of_method("astype").value(x, int)
    assert of_method("astype").back(np.ones(3), out, [x, int], {}) == ([None, None], {})
    for name in ("greater", "argmax", "floor", "sign", "round", "zeros_like"):
        row = TABLE[name]
        args = [normal(3), normal(3)] if name == "greater" else [normal(3)]
        out = row.value(*args)
        assert row.is_flat
        assert row.back(np.ones(np.shape(out)), out, args, {}) == ([None] * len(args), {})


def test_at_a_kink_relu_has_the_derivative_0():
    x = np.array([-1.0, 0.0, 2.0])
    for args in ([x, 0.0], [0.0, x]):
        grads, _ = TABLE["maximum"].back(np.ones(3), np.maximum(x, 0), args, {})
        assert grads[args[0] is not x].tolist() == [0.0, 0.0, 1.0]


def test_powers_of_0_and_of_negative_numbers_have_finite_derivatives():
    x, y = np.array([0.0, 0.0, -2.0]), np.array([0.0, 1.0, 3.0])
    (by_x, by_y), _ = TABLE["power"].back(np.ones(3), x**y, [x, y], {})
    assert (by_x.tolist(), by_y.tolist()) == ([0.0, 1.0, 12.0], [0.0, 0.0, 0.0])


def test_of_float32_the_gradients_are_float64():
    x = normal(3).astype(np.float32)
    (by_x,), _ = TABLE["tanh"].back(np.ones(3), np.tanh(x), [x], {})
    assert by_x.dtype == np.float64


def test_a_function_without_a_row_has_its_gradients_by_differences_but_for_what_is_a_size():
    assert of_function(np.nanmedian) is None
    row = opaque(np.nanmedian)
    assert row.is_opaque
    check_gradients(row, [normal(4)], {})
    check_gradients(opaque(lambda x, y: (x * y, np.sum(x))), [normal(3)], {"y": normal(3)})
    assert by_differences(np.arange, np.ones(8), np.arange(8.0), [8.0], {}, 1e-6) == ([0.0], {})


def test_lists_are_joined_and_repeated_by_operators():
    check_gradients(of_operator("+"), [[0.5, 1], [2, float(normal())]], {})
    check_gradients(of_operator("*"), [[0.5, 1], 2], {})


def test_of_several_results_some_may_have_no_gradient():
    x = normal(4)
    for g, expected in (([None, np.ones(2)], [0, 0, 1, 1]), ([None, None], [0, 0, 0, 0])):
        (by_x, by_sections), _ = TABLE["split"].back(g, np.split(x, 2), [x, 2], {})
        assert (by_x.tolist(), by_sections) == (expected, None)


def test_a_function_of_nobody_has_no_row():
    assert of_function(lambda x: x) is None
    assert of_function([]) is None
    assert of_method("nothing") is None
