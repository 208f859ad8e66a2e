"""Each row of the table: gradients against differences, spellings."""

import builtins
import copy
import math
import sys
import types

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
    normal: "negative positive same float abs square exp exp2 expm1 sin cos arctan sinh cosh "
    "tanh arcsinh radians degrees erf erfc expit nan_to_num",
    positive: "rsqrt sqrt cbrt reciprocal log log1p log2 log10",
    inside: "tan arcsin arccos arctanh",
    lambda *shape: 1 + positive(*shape): "arccosh",
}
BINARY = {
    normal: "add subtract multiply hypot logaddexp maximum minimum",
    positive: "divide power mod fmod arctan2",
}


def elementwise():
    """Operands of rows number by number: floats, 0-d, empty, broadcast, nested lists."""
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
    yield "power", [-positive(3), 3], {}
    yield "power", [np.array([0.0, 0.0, -1.5]), np.array([2, 1, -2])], {}
    yield "log", [positive(3), 2.5], {}
    yield "clip", [normal(5), -0.5, 0.5], {}
    yield "clip", [normal(5), None, 0.25], {}
    yield "clip", [normal(2, 3)], {"a_min": np.array([-0.1, 0.2, 0.0]), "a_max": 1.0}
    if np.lib.NumpyVersion(np.__version__) >= "2.1.0":  # before, both limits have to be given
        yield "clip", [normal(5)], {"min": 0.1}
    yield "where", [normal(2, 3) > 0, normal(3), 0.5], {}
    mask = np.array([True, False, True])
    yield "divide", [1.5, positive(3)], {"where": mask, "out": positive(3)}


def structural():
    """Operands of rows that move numbers."""
    x, index = normal(3, 4), np.array([2, 0, 2])
    yield from (("getitem", [x, i], {}) for i in (1, (1, 2), slice(1, None), (..., None), index))
    yield from (("getitem", [x, i], {}) for i in ((index, [0, 1, 0]), x > 0, (slice(None), index)))
    yield "getitem", [[normal(2), [1.5, normal(2, 2)], 3], 1], {}
    yield "getitem", [[[normal(2), 2], [0.5, normal(3), 1], 1], slice(0, 2)], {}
    yield "getitem", [np.c_, (normal(3), normal(3, 2))], {}
    yield "getitem", [np.r_, (normal(3), 0.5, 1)], {}
    for name in [
        "ravel",
        "squeeze",
        "copy",
        "array",
        "transpose",
        "flip",
        "fliplr",
        "flipud",
        "rot90",
        "diag",
        "diagonal",
    ]:
        yield name, [normal(3, 4)], {}
    for name in [
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "triu",
        "tril",
        "diagflat",
        "flatten",
        "astype",
    ]:
        yield name, [normal(2, 2)], {}
    yield "atleast_2d", [normal(3), 0.5], {}
    yield "ravel", [normal(2, 3), "F"], {}
    yield "array", [[normal(3), [0.5, 1, float(normal())]]], {}
    yield "array", [[0.5, 2], float], {}
    yield "reshape", [normal(2, 6), (3, -1)], {}
    yield "reshape", [normal(2, 6), (3, 4)], {"order": "F"}
    yield "transpose", [normal(2, 3, 4), (2, 0, 1)], {}
    yield "transpose", [normal(2, 3, 4)], {}
    yield "expand_dims", [normal(3), 0], {}
    yield "swapaxes", [normal(2, 3, 4), 0, 2], {}
    yield "moveaxis", [normal(2, 3, 4), 0, -1], {}
    yield "rollaxis", [normal(2, 3, 4), 2], {}
    yield "roll", [normal(2, 3), 1], {"axis": 1}
    yield "tile", [normal(2, 1), (2, 3)], {}
    yield "repeat", [normal(3), [1, 2, 0]], {}
    yield "resize", [normal(3), (2, 3)], {}
    yield "broadcast_to", [normal(3), (2, 3)], {}
    yield "pad", [normal(2, 3), ((1, 0), (0, 2))], {}
    yield "delete", [normal(4), 1], {}
    yield "take", [normal(3, 4), index], {"axis": 1}
    yield "take_along_axis", [normal(3, 2), np.array([[0, 1], [2, 2]]), 0], {}
    for name in ["concatenate", "stack", "hstack", "vstack", "dstack", "column_stack", "block"]:
        yield name, [[normal(2, 2), np.ones((2, 2), int), normal(2, 2)]], {}
    yield "concatenate", [(normal(2, 1), normal(2, 0))], {"axis": 1}
    yield "split", [normal(4, 2), 2], {}
    yield "array_split", [normal(5), 2], {}
    yield "hsplit", [normal(2, 4), 2], {}
    yield "vsplit", [normal(4, 2), 2], {}
    yield "dsplit", [normal(1, 2, 4), 2], {}
    yield "meshgrid", [normal(2), normal(3)], {}
    yield "broadcast_arrays", [normal(2, 1), normal(3)], {}
    yield "append", [normal(3), 1], {}
    yield "append", [normal(3), [0.5, float(normal())]], {}
    yield "insert", [normal(3), 1, 0.5], {}
    yield "select", [[x > 1, x < 0], [x, normal(3, 4)], 0.5], {}
    yield "choose", [np.array([0, 1, 0]), [normal(3), normal(3)]], {}
    yield "full", [(2, 3), 0.5], {}
    yield "full_like", [normal(2), 0.5], {}
    yield "compress", [[True, False, True], normal(3)], {}
    yield "extract", [np.array([True, False, True]), normal(3)], {}
    yield "sliding_window_view", [normal(5), 3], {}
    yield "setitem", [normal(3, 4), (slice(None), 1), 0.5], {}
    yield "setitem", [normal(3, 4), index, normal(4)], {}
    yield "setitem", [normal(2, 2), 0, [0.5, 1]], {}
    yield "setitem", [[0.5, 1.5], 1, float(normal())], {}
    yield "put", [normal(3, 4), np.array([1, 5]), normal(2)], {}
    yield "fill", [normal(2, 3), 0.5], {}
    yield "copyto", [normal(2, 3), normal(3)], {"where": normal(2, 3) > 0}
    yield "fill_diagonal", [normal(3, 3), 0.5], {}
    yield "put_along_axis", [normal(3, 2), np.array([[0, 1]]), normal(1, 2), 0], {}
    yield "add_at", [normal(3, 4), (index, index), normal(3)], {}
    yield "add_at", [normal(3), index, 0.5], {}
    yield "subtract_at", [normal(3, 2), index, normal(3, 2)], {}


def contractions():
    """Operands of sums of products, in all ranks."""
    for a, b in (((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((0, 3), (3, 2))):
        yield "matmul", [normal(*a), normal(*b)], {}
        yield "dot", [normal(*a), normal(*b)], {}
    for a, b in (
        ((5, 2, 3), (3, 4)),
        ((5, 2, 3), (5, 3, 2)),
        ((2, 3), (5, 3, 4)),
        ((3,), (5, 3, 4)),
    ):
        yield "matmul", [normal(*a), normal(*b)], {}
    yield "matmul", [normal(1, 2, 3), normal(4, 3, 2)], {}
    yield "matmul", [normal(40, 30), normal(30, 20)], {}
    yield "matmul", [[[0.5, 1], [2, 0.25]], normal(2)], {}
    for a, b in (
        ((), (2,)),
        ((2, 3), ()),
        ((2, 3), (4, 3, 2)),
        ((3,), (4, 3, 2)),
        ((4, 2, 3), (3,)),
    ):
        yield "dot", [normal(*a), normal(*b)], {}
    yield "dot", [0.5, 1.5], {}
    for a, b in (((3,), (3,)), ((2, 3), (4, 3)), ((), (2,))):
        yield "inner", [normal(*a), normal(*b)], {}
    yield "outer", [normal(3), normal(2, 2)], {}
    yield "outer", [[0.5, 1.5], normal(2)], {}
    yield "vdot", [normal(2, 3), normal(2, 3)], {}
    yield "multiply_outer", [normal(3), normal(2, 2)], {}
    yield "tensordot", [normal(2, 3, 4), normal(3, 4, 5)], {}
    yield "tensordot", [normal(2, 3), normal(4, 2)], {"axes": ([0], [1])}
    yield "tensordot", [normal(2, 3), normal(4), 0], {}
    for text, *shapes in (
        ("ij,jk->ik", (2, 3), (3, 4)),
        ("ij,jk", (2, 3), (3, 4)),
        ("ji", (2, 3)),
        ("i,i", (3,), (3,)),
        ("ii->i", (3, 3)),
        ("ii", (3, 3)),
        ("iij,j->i", (2, 2, 3), (3,)),
        ("ij->", (2, 3)),
        ("i,j,ij->j", (2,), (3,), (2, 3)),
        ("...ij,...j->...i", (4, 2, 3), (3,)),
        ("...ij,jk", (4, 2, 3), (3, 2)),
        ("b...,b...->...", (2, 3, 1), (2, 4)),
        ("bqd, bkd -> bqk", (2, 3, 4), (2, 5, 4)),
        ("ij,kj->ik", (30, 40), (50, 40)),
    ):
        yield "einsum", [text, *[normal(*s) for s in shapes]], {}
    yield "trace", [normal(3, 3)], {}
    yield "trace", [normal(2, 3, 2), 0, 0, 2], {}
    yield "trace", [normal(3, 3)], {"offset": 1}


def reductions():
    """Operands of reductions along axes."""
    for name in ["sum", "mean", "prod", "max", "min", "var", "std"]:
        for kw in ({}, {"axis": 1}, {"axis": -2, "keepdims": True}, {"axis": (0, 2)}):
            yield name, [normal(2, 3, 4)], kw
        mask = np.ones((2, 3), bool)
        mask[0, 1] = False
        masked = {"initial": -9.0} if name == "max" else {"initial": 9.0} if name == "min" else {}
        yield name, [normal(2, 3), 0], {}
        yield name, [[[0.5, 1, 2.5], [float(normal()), 3.0, 0.25]]], {"axis": 0}
        yield name, [normal(2, 3)], {"axis": 1, "where": mask, **masked}
    for kw in ({"axis": 0}, {"axis": 1}):
        yield "sum", [normal(0, 3)], kw
    yield "mean", [normal(0, 3)], {"axis": 1}
    yield "max", [normal(0, 3)], {"axis": 1}
    yield "sum", [0.5], {}
    yield "prod", [np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 1.5]])], {"axis": 1}
    yield "var", [normal(4, 2)], {"axis": 0, "ddof": 1}
    yield "std", [normal(4, 2), 0, None, None, 1], {}
    for kw in ({}, {"axis": 1}, {"axis": 0, "keepdims": True}, {"ord": 1, "axis": 1}):
        yield "norm", [normal(3, 4)], kw
    for kind in (None, 2, 1, np.inf):
        yield "norm", [normal(4), kind], {}
    yield "norm", [normal(2, 3), "fro"], {}
    for name in ["logsumexp", "softmax", "log_softmax"]:
        for kw in ({}, {"axis": 1}, {"axis": -1}):
            yield name, [normal(2, 3)], kw
    yield "logsumexp", [normal(2, 3)], {"axis": 1, "keepdims": True}
    yield "logsumexp", [normal(3)], {"b": positive(3)}
    yield "average", [normal(2, 3)], {}
    yield "average", [normal(2, 3)], {"axis": 1, "weights": positive(3)}
    yield "average", [normal(2, 3), -1, positive(2, 3)], {}
    yield "average", [normal(3)], {"weights": [0.5, 1, 2.5]}
    for name in ["cumsum", "cumprod"]:
        yield name, [normal(2, 3)], {}
        yield name, [normal(2, 3), 1], {}
        yield name, [normal(2, 3)], {"axis": 0}
    yield "cumprod", [np.array([0.5, 0.0, 2.0])], {}
    yield "sort", [normal(2, 3)], {"axis": 0}
    yield "inv", [normal(3, 3) + 4 * np.eye(3)], {}
    yield "inv", [normal(2, 3, 3) + 4 * np.eye(3)], {}
    yield "solve", [normal(3, 3) + 4 * np.eye(3), normal(3)], {}
    yield "solve", [normal(3, 3) + 4 * np.eye(3), normal(3, 2)], {}
    yield "det", [normal(3, 3)], {}
    yield "sum_of", [[0.5, float(normal()), 2]], {}
    yield "sum_of", [[normal(3), 0.5, normal(2, 3)], 1.5], {}
    yield "sum_of", [normal(2, 3)], {}
    yield "max_of", [0.5, float(normal()), 0], {}
    yield "max_of", [[0.5, 1.5]], {}
    yield "min_of", [normal(4)], {}


CASES = [*elementwise(), *structural(), *contractions(), *reductions()]
BY_NAME = {
    name: [c[1:] for c in CASES if c[0] == name] for name in dict.fromkeys(c[0] for c in CASES)
}


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
def test_the_gradients_are_those_of_differences(name):
    for args, kw in BY_NAME[name]:
        check_gradients(TABLE[name], args, kw)


def test_each_row_that_has_a_derivative_has_a_case():
    assert {name for name, row in TABLE.items() if not row.is_flat} == set(BY_NAME)


@pytest.mark.parametrize("name", [n for n in BY_NAME if n not in ("fill", "full_like")])
def test_a_gradient_that_is_a_thousandth_off_is_seen(name, monkeypatch):
    row = copy.copy(TABLE[name])

    def wrong(g, out, args, kw):
        return mapped(lambda x: 1.001 * x, TABLE[name].back(g, out, args, kw))

    monkeypatch.setattr(row, "back", wrong)
    args, kw = BY_NAME[name][0]
    with pytest.raises(AssertionError):
        check_gradients(row, args, kw)


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


def test_no_spelling_is_of_two_rows():
    paths = [path for _, path in spellings()]
    assert len(paths) == len(set(paths))


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


METHODS = {
    "reshape": (2, 6),
    "transpose": (1, 0),
    "sum": (0,),
    "dot": (normal(4),),
    "T": (),
    "item": (5,),
    "flatten": (),
    "clip": (-0.5, 0.5),
    "repeat": (2,),
    "max": (1,),
    "tolist": (),
    "mean": (),
    "astype": (float,),
    "cumsum": (1,),
    "diagonal": (),
    "copy": (),
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


def test_a_cut_hands_nothing_back():
    for name in ("greater", "argmax", "floor", "sign", "round", "zeros_like"):
        row = TABLE[name]
        args = [normal(3), normal(3)] if name == "greater" else [normal(3)]
        out = row.value(*args)
        assert row.is_flat
        assert row.back(np.ones(np.shape(out)), out, args, {}) == ([None] * len(args), {})


def test_numbers_that_become_whole_hand_nothing_back():
    x = normal(3)
    out = of_method("astype").value(x, int)
    assert of_method("astype").back(np.ones(3), out, [x, int], {}) == ([None, None], {})


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


def test_a_function_without_a_row_has_its_gradients_by_differences():
    assert of_function(np.median) is None
    row = opaque(np.median)
    assert row.is_opaque
    check_gradients(row, [normal(4)], {})
    check_gradients(opaque(lambda x, y: (x * y, np.sum(x))), [normal(3)], {"y": normal(3)})


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


def test_a_number_that_changes_a_shape_has_no_slope():
    f, x = np.arange, 8.0
    assert by_differences(f, np.ones(8), f(x), [x], {}, 1e-6) == ([0.0], {})
