"""Rounding decides nothing: right derivations are never called wrong, mistakes never right."""

import contextlib
import io
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from microgradnet.checking import entry_points
from microgradnet.checking.finding import loss_finding
from microgradnet.checking.finding.proportions import Factor, is_equal, may_be, proportion, ranged
from microgradnet.checking.finding.rounding import Rounding, _Replay, of_difference
from microgradnet.checking.reporting.report import BLURRED, Row, once
from microgradnet.tape.recording import Subject, recorded
from microgradnet.tape.replay import gradients
from microgradnet.tape.table import of_function
from microgradnet.words import say
from tests.marks import few
from tests.sources import text_of

# -- the bounds themselves, against exact fractions

FRACTIONS = {
    "add": lambda a, b: (a + b, (1, 1)),
    "subtract": lambda a, b: (a - b, (1, -1)),
    "multiply": lambda a, b: (a * b, (b, a)),
    "divide": lambda a, b: (a / b, (1 / b, -a / b**2)),
}
numbers = st.floats(0.5, 2.0).map(lambda x: x * 1.0) | st.sampled_from([1e8 + 0.125, -3e7, 1e-6])


@st.composite
def programs(draw):
    """Return the text of a program of single numbers, the last of which is its result."""
    lines = [f"v{i} = {draw(numbers)!r}" for i in range(3)]
    for i in range(3, 3 + draw(st.integers(2, 9))):
        a, b = draw(st.integers(0, i - 1)), draw(st.integers(0, i - 1))
        lines.append(f"v{i} = v{a} {draw(st.sampled_from('+-*/'))} v{b}")
    return "\n".join(lines)


def exactly(entries):
    """Return the exact values of entries, and the exact gradient of the last by each."""
    values, partials = [], []
    for entry in entries:
        operands = [values[n] for n in entry.operands]
        found = (Fraction(entry.value), ()) if entry.is_source else None
        value, each = found or FRACTIONS[entry.operation.name](*operands)
        values.append(value)
        partials.append(each)
    grads = [Fraction(0)] * (len(entries) - 1) + [Fraction(1)]
    for entry in reversed(entries):
        for n, p in zip(entry.operands, partials[entry.number]):
            grads[n] += grads[entry.number] * p
    return values, grads


@given(programs())
def test_no_value_and_no_gradient_is_off_by_more_than_its_bound(text):
    entries = recorded(Subject(text, "p.py")).tape.entries
    try:
        values, grads = exactly(entries)
    except ZeroDivisionError:
        assume(False)
    replay = [e.value for e in entries]
    assume(np.isfinite(replay).all())
    at, last = Rounding(entries, replay), len(entries) - 1

    def seeds(values):
        return {last: np.ones(())}

    found = gradients(entries, replay, seeds(replay))
    for n in range(len(entries)):
        assert not abs(Fraction(replay[n]) - values[n]) > _finite(at.of(n))
        if found[n] is not None and np.isfinite(found[n]):
            of_gradient = at.of_gradient(n, found, seeds)
            assert not abs(Fraction(float(found[n])) - grads[n]) > _finite(of_gradient)


def _finite(e):
    return float(e) if np.isfinite(e) else 1e300


def test_bounds_of_well_conditioned_numbers_are_small():
    entries = recorded(Subject("a = 1.5\nb = a * 3.0\nc = b + a\nd = c / b", "p.py")).tape.entries
    at = Rounding(entries, [e.value for e in entries])
    assert 0 < at.of(len(entries) - 1) < 1e-13
    assert at.of(0) == 0.0


def bounds_of(text, names):
    """Return the value of the last line, and the bound of it and of its gradient by `W`."""
    entries = recorded(Subject(f"import numpy as np\n{text}", "p.py", names)).tape.entries
    replay, last = [e.value for e in entries], len(entries) - 1
    found = gradients(entries, replay, {last: np.ones(())})
    leaf = next(n for n, e in enumerate(entries) if e.is_source and np.shape(e.value) == (3, 2))
    at = Rounding(entries, replay)
    return replay[last], at.of(last), at.of_gradient(leaf, found, lambda v: {last: np.ones(())})


ROWS = {
    "matmul": "X @ W",
    "a sum": "(X @ W).sum(axis=0)",
    "a softmax": "np.exp(X @ W) / np.exp(X @ W).sum(axis=1, keepdims=True)",
    "a shifted softmax": "np.exp(X @ W - (X @ W).max(axis=1, keepdims=True))",
    "a variance": "((X @ W) - (X @ W).mean(0)) / np.sqrt((X @ W).var(axis=0) + 1e-5)",
    "an index": "np.tanh(X @ W)[[0, 0, 1]] * np.concatenate([W, W])[:3]",
    "a norm": "np.linalg.norm(X @ W, axis=1)",
    "a cumulated sum": "np.cumsum(X @ W, axis=0)",
    "a mask of what is chosen": "(X @ W) * ((X @ W) == (X @ W).max())",
}


@pytest.mark.parametrize("text", ROWS.values(), ids=ROWS)
def test_the_bound_grows_where_terms_cancel(text):
    rng = np.random.default_rng(0)
    names = {"X": rng.normal(size=(4, 3)), "W": rng.normal(size=(3, 2))}
    _, bound, by_w = bounds_of(f"L = np.sin({text}).sum()", names)
    assert 0 < bound < 1e-11
    assert 0 < by_w.max() < 1e-11
    _, bound, by_w = bounds_of(f"a = np.sin({text}) + 1e6\nL = ((a - 1e6) ** 2).sum()", names)
    assert 1e-10 < bound < 1e-6
    assert 1e-10 < by_w.max() < 1e-6


# -- files: a right derivation is never called wrong, a factor of 1.0001 always is

NET = """import numpy as np
rng = np.random.default_rng({seed})
X = rng.normal(size=({n}, {width})){cast}
y = rng.uniform(0.1, 0.9, size=({n}, 2)){cast}
W1 = (rng.normal(size=({width}, 3)) * {spread}){cast}
b1 = np.full(3, 0.1){cast}
W2 = (rng.normal(size=(3, 2)) * 0.7){cast}
b2 = np.full(2, -0.2){cast}
for epoch in range(3):
    z1 = {gain} * (X @ W1) + b1
    h = {act}
    out = h @ W2 + b2 + {offset}
    error = out - {offset} - y
    loss = np.mean(error ** 2)
    d_out = 2 * {again} / error.size
    dW2 = {factor} * h.T @ d_out
    db2 = d_out.sum(axis=0)
    dz1 = d_out @ W2.T * {slope}
    dW1 = X.T @ dz1 * {gain}
    db1 = dz1.sum(axis=0)
    W1 = W1 - {rate} * dW1
    b1 = b1 - {rate} * db1
    W2 = W2 - {rate} * dW2
    b2 = b2 - {rate} * db2
"""
# An activation, and its derivative in forms that are equal and round differently.
ACTS = {
    "1 / (1 + np.exp(-z1))": ("h * (1 - h)", "np.exp(-z1) / (1 + np.exp(-z1)) ** 2", "(h - h * h)"),
    "np.tanh(z1)": ("(1 - h ** 2)", "1 / np.cosh(z1) ** 2", "(1 - h) * (1 + h)"),
    "np.log(1 + np.exp(z1))": ("1 / (1 + np.exp(-z1))", "(1 - np.exp(-h))"),
    "np.maximum(z1, 0)": ("(z1 > 0)", "(h > 0)"),
}
FINE = {"seed": 1, "n": 4, "width": 3, "cast": "", "spread": 0.6, "gain": 1.0, "offset": 0.0}
FINE |= {
    "act": "np.tanh(z1)",
    "slope": "(1 - h ** 2)",
    "again": "error",
    "factor": 1.0,
    "rate": 0.1,
}


@st.composite
def right_files(draw):
    """Return a right derivation that rounding makes hard to judge."""
    act = draw(st.sampled_from(list(ACTS)))
    chosen = {
        "seed": draw(st.integers(0, 99)),
        "n": draw(st.sampled_from([3, 4, 6])),
        "width": draw(st.sampled_from([3, 3, 5, 784])),
        "cast": draw(st.sampled_from(["", "", ".astype(np.float32)"])),
        "gain": draw(st.sampled_from([1.0, 5.0, 30.0, 200.0])),
        "offset": draw(st.sampled_from([0.0, 1e3, 1e8, 1e13, 1e15])),
        "act": act,
        "slope": draw(st.sampled_from(ACTS[act])),
        "again": draw(st.sampled_from(["error", "(h @ W2 + b2 - y)", "(out - (y + {offset}))"])),
        "rate": draw(st.sampled_from([0.1, 1e-4, 1e-9])),
    }
    chosen["again"] = chosen["again"].format(**chosen)
    return NET.format(**(FINE | chosen))


def rows(text):
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        return entry_points.check_subject(Subject(text, "net.py")).rows


@pytest.mark.slow
@given(right_files())
def test_a_right_derivation_is_never_called_wrong_however_badly_it_is_conditioned(text):
    assert not [r for r in rows(text) if r.verdict in ("wrong", "follows")]


@pytest.mark.slow
@pytest.mark.parametrize("act", few(ACTS, 1))
@pytest.mark.parametrize("factor", few([1.000001, 0.99995], 1))
def test_a_factor_near_1_is_called_wrong_where_numbers_are_well_conditioned(act, factor):
    fine = FINE | {"act": act, "slope": ACTS[act][0]}
    assert {r.verdict for r in rows(NET.format(**fine))} == {"right"}
    found = {r.name for r in rows(NET.format(**fine | {"factor": factor})) if r.verdict == "wrong"}
    assert found
    assert found <= {"dW2", "update W2"}


def test_where_rounding_could_hide_a_mistake_it_cannot_be_told():
    found = rows(NET.format(**FINE | {"offset": 1e15, "again": "(h @ W2 + (b2 - y))"}))
    moves = [r for r in found if r.name.startswith("update")]
    assert len(moves) == 4
    assert {r.verdict for r in moves} == {"cannot tell"}
    assert {r.why for r in moves} == {"rounding is too large here to tell it from a wrong one"}


@pytest.mark.slow
def test_what_rounding_leaves_open_is_wrong_where_it_is_off_by_more():
    right = FINE | {"offset": 1e9, "again": "(h @ W2 + (b2 - y))"}
    assert {r.verdict for r in rows(NET.format(**right)) if "update" in r.name} == {"right"}
    found = rows(NET.format(**right | {"factor": 1.01}))
    assert [r.name for r in found if r.verdict == "wrong"] in (["dW2"], ["update W2"])


@pytest.mark.slow
def test_float32_is_right_within_its_own_rounding():
    text = NET.format(**FINE | {"cast": ".astype(np.float32)", "slope": "(1 - h) * (1 + h)"})
    text = text.replace("h = np.tanh(z1)", "h = np.tanh(z1).astype(np.float32)")
    text = text.replace("(1 - h) * (1 + h)", "(1 - np.tanh(z1) ** 2)")
    assert {r.verdict for r in rows(text)} == {"right"}


def test_a_gradient_that_is_nothing_but_rounding_is_right():
    text = NET.format(**FINE).replace("    h = np", "    z1 = z1 - z1.mean(axis=0)\n    h = np")
    text = text.replace("* (1 - h ** 2)\n", "* (1 - h ** 2)\n    dz1 = dz1 - dz1.mean(axis=0)\n")
    assert {r.verdict for r in rows(text)} == {"right"}


def test_nothing_is_wrong_by_a_reference_that_a_small_change_denies(monkeypatch):
    text = NET.format(**FINE)
    monkeypatch.setattr(of_function(np.tanh), "partials", lambda o, x: (1.25 / np.cosh(x) ** 2,))
    found = {r.name: r for r in rows(text)}
    assert found["update W1"].verdict == "cannot tell"
    assert "could not be confirmed" in found["update W1"].why
    assert found["update W2"].verdict == "right"


# -- the rule, on numbers

ONES = np.array([1.0, -2.0, 3.0])


def never():
    raise AssertionError("no bound is needed")


@pytest.mark.parametrize("off", [0.0, 1e-13, 1e-10])
def test_what_agrees_needs_no_bound(off):
    c = proportion(ONES * -0.1 + off * np.array([0, 1, 0]), ONES, never)
    assert c == pytest.approx(-0.1, rel=1e-9)
    assert is_equal(c, -0.1)


@pytest.mark.parametrize("u", [ONES**2, ONES * 0, ONES + np.array([0, 0.01, 0]), ONES * np.nan])
def test_what_is_far_off_needs_no_bound(u):
    assert proportion(u, ONES, never) is None


def test_between_the_two_the_bounds_decide():
    u = ONES + np.array([0, 1e-6, 0])
    assert proportion(u, ONES, lambda: (1e-5, 0.0)) == pytest.approx(1, abs=1e-5)
    assert proportion(u, ONES, lambda: (0.0, 1e-5)) == pytest.approx(1, abs=1e-5)
    assert proportion(u, ONES, lambda: (1e-8, 1e-8)) is None
    assert proportion(u, ONES, lambda: (0.5, 0.0)) is None
    assert ranged(u, ONES, 1e-8, 1e-8) is None
    assert not ranged(u, ONES, 0.5, 0.0).is_clear


def test_zeros_are_exact_unless_they_were_rounded():
    assert proportion(ONES * 0, ONES * 0, never) == 0.0
    assert proportion(ONES * 0, ONES * 0, never).is_clear
    assert not proportion(ONES * 1e-17, ONES * 0, never).is_clear
    assert ranged(ONES * 1e-17, ONES * 0, 1e-16, 0.0).is_clear
    assert not ranged(ONES * 1e-17, ONES * 0, 1e-16, 0.0, scale=1e-16).is_clear
    assert ranged(ONES * 1e-17, ONES * 0, 0.0, 0.0) is None
    assert ranged(ONES * 0, ONES, 0.0, 0.0) is None


@given(st.floats(-10, 10).filter(lambda c: abs(c) > 1e-3), st.integers(0, 999))
def test_a_factor_lies_in_its_range_however_the_numbers_were_moved(c, seed):
    rng = np.random.default_rng(seed)
    g, e, f = rng.normal(size=5), 10.0 ** rng.uniform(-12, 0, 5), 10.0 ** rng.uniform(-12, 0, 5)
    u = c * g + e * rng.uniform(-1, 1, 5)
    found = ranged(u, g + f * rng.uniform(-1, 1, 5), e, f)
    assert found is not None
    assert found.error == np.inf or is_equal(found, c)
    assert may_be(u, g, Factor(c), e, f)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
def test_a_matrix_is_off_as_an_array():
    x = np.array([[0.5, 2.0, 3.0]])
    replay = _Replay(Rounding([], []), {}, 1)
    assert replay.off(np.asmatrix(x)).tolist() == replay.off(x).tolist()


@given(st.floats(allow_nan=False, allow_infinity=False, width=64), st.sampled_from([1, 2, 3, 4]))
def test_a_number_is_off_by_as_much_alone_as_in_an_array(x, seed):
    replay = _Replay(Rounding([], []), {}, seed)
    with np.errstate(over="ignore"):
        assert replay.off(x) == replay.off(np.array([x]))[0]


@pytest.mark.parametrize("told", ["right", "wrong", "scaled"])
@pytest.mark.parametrize("is_first", [True, False])
def test_what_rounding_hides_in_one_step_is_told_by_another(told, is_first):
    hidden = Row("update w", "cannot tell", 1.0, 1.0, 0.0, why=say(BLURRED))
    several = [hidden, replace(hidden, verdict=told, why="")]
    assert [row.verdict for row in once(several if is_first else several[::-1])] == [told]


COUNTED = text_of("counted")


def test_rounding_changes_no_shape():
    """With 0.2 a little smaller, np.arange gives four numbers."""
    found = {row.name: row.verdict for row in rows(COUNTED)}
    assert found["update b"] == "wrong"


KERNELS = text_of("kernels")


@pytest.mark.slow
def test_of_losses_whose_gradient_a_move_is_not_no_bound_is_computed(monkeypatch):
    several = []
    monkeypatch.setattr(
        loss_finding, "of_difference", lambda *x: several.append(x) or of_difference(*x)
    )
    assert {r.verdict for r in rows(KERNELS)} == {"right"}
    assert len(several) < 100  # of the loss alone; of all candidates 159
