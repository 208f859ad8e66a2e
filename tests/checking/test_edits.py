"""The edits of a statement: each known mistake has its correction among them, with its words."""

import ast
import functools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnet.checking.mending.edits import Scope, edits
from microgradnet.checking.mending.sites import counted
from microgradnet.grading.annotations import kinds
from microgradnet.words import in_language
from tests.processor import timed

SHAPES = {
    **{"X": (6, 3), "Y": (6, 2), "P": (6, 2), "W1": (3, 4), "W2": (4, 2), "b1": (4,), "b2": (2,)},
    **{"Z1": (6, 4), "H": (6, 4), "dH": (6, 4), "dZ1": (6, 4), "dZ2": (6, 2), "dW1": (3, 4)},
    **{"db1": (4,), "m": (), "t": (), "lr": (), "reg": (), "hs": None},
}
NET = Scope(
    SHAPES, ["sigmoid({})", "deriv_sigmoid({})"], [6, 2], named={"m": 6}, before={"H": "Z1"}
)
MOVING = Scope(SHAPES, [], [6, 2], moves=True)
NUMBERS = Scope(
    dict.fromkeys(
        [
            *("x[0]", "x[1]", "self.w1", "self.w2", "self.w5", "self.w6", "h1", "h2", "sum_h1"),
            *("sum_h2", "sum_o1", "y_true", "y_pred"),
        ],
        (),
    ),
    ["sigmoid({})", "deriv_sigmoid({})"],
    before={"h1": "sum_h1", "h2": "sum_h2"},
)
LAYER = Scope(
    {
        **{"dout": (6, 4), "x": (6, 4), "xhat": (6, 4), "dxhat": (6, 4), "s": (6, 4), "d": (6, 4)},
        **{"gamma": (4,), "std": (4,), "N": (), "D": (), "scale": (), "dx": None, "dz": None},
        **{"cos": (6, 4), "sin": (6, 4), "idx": (5,), "W": (9, 4), "dW": (9, 4), "q": (2, 5, 3)},
        **{"k": (2, 5, 3), "dscores": (2, 5, 5), "i": (), "j": (), "dout[t]": (4,), "weight": (4,)},
    },
    [],
    [6, 4],
)
LOOP = Scope(
    {
        **{"t": (), "inputs": None, "targets": None, "hs": None, "Whh": (3, 3), "dhraw": (3, 1)},
        **{"dh": (3, 1), "dhnext": (3, 1), "dy": (4, 1), "Why": (4, 3), "dbh": (3, 1)},
        **{"grads['b1']": (4,), "grads['W1']": (3, 4), "delta": (3, 1), "zs": None, "k": ()},
        **{"activations": None, "sp": (3, 1), "network": None, "layer": ()},
    },
    ["sigmoid({})", "sigmoid_prime({})", "self.slope({}, True)"],
    [6],
)

SOFTMAX = "d = s * (dout - (dout * s).sum(axis=-1, keepdims=True))"

# A statement with a mistake, the names there are, the corrected statement, the words.
MISTAKES = [
    # another name or entry
    ("d = x[0] * h1", NUMBERS, "d = x[1] * h1", "uses x[0] where x[1] belongs"),
    ("d = self.w5 * h1", NUMBERS, "d = self.w6 * h1", "uses self.w5 where self.w6 belongs"),
    ("dW2 = Z1.T @ dZ2", NET, "dW2 = H.T @ dZ2", "uses Z1 where H belongs"),
    ("db2 = np.sum(P, axis=0)", NET, "db2 = np.sum(dZ2, axis=0)", "uses P where dZ2 belongs"),
    ("return dx, dx", LAYER, "return (dx, dz)", "uses dx where dz belongs"),
    ("dx = s / N + x / N", LAYER, "dx = s / D + x / D", "uses N where D belongs"),
    ("b = dW1[0]", NET, "b = db1", "uses dW1[0] where db1 belongs"),
    ("dW = X @ W1", NET, "dW = dH", "uses X @ W1 where dH belongs"),
    # another index, key, slice
    ("d = hs[t].T @ dh", LOOP, "d = hs[t - 1].T @ dh", "uses hs[t] where hs[t - 1] belongs"),
    ("d = hs[t - 1] * dh", LOOP, "d = hs[t] * dh", "uses hs[t - 1] where hs[t] belongs"),
    ("d = hs[-k - 2] * dh", LOOP, "d = hs[-k - 1] * dh", "hs[-k - 1] belongs"),
    ("d = s[i, j] * x", LAYER, "d = s[j, i] * x", "uses s[i, j] where s[j, i] belongs"),
    ("dy[inputs[t]] -= 1", LOOP, "dy[targets[t]] -= 1", "uses inputs[t] where targets[t]"),
    ("a = network[k]", LOOP, "a = network[k - 1]", "uses network[k] where network[k - 1]"),
    ("b = grads['W1']", LOOP, "b = grads['b1']", "uses grads['W1'] where grads['b1'] belongs"),
    ("grads['W1'] = dh", LOOP, "grads['b1'] = dh", "uses grads['W1'] where grads['b1']"),
    ("a = x[:-1] * d", LAYER, "a = x[1:] * d", "uses x[:-1] where x[1:] belongs"),
    # transposed, operands, operators
    ("d = np.dot(Whh, dh)", LOOP, "d = np.dot(Whh.T, dh)", "uses Whh where Whh.T belongs"),
    ("d = W2.T @ dZ2", NET, "d = W2 @ dZ2", "uses W2.T where W2 belongs"),
    ("d = W2.T @ dZ2", NET, "d = dZ2 @ W2.T", "W2.T @ dZ2 is the wrong way round"),
    ("d = dZ2 * W2.T", NET, "d = dZ2 @ W2.T", "entry by entry (*) where a matrix product"),
    ("d = dH @ H", NET, "d = dH * H", "has a matrix product (@) where entry by entry"),
    ("d = np.outer(x, s)", LAYER, "d = np.outer(s, x)", "the arguments of outer are swapped"),
    ("d = W2.dot(dZ2)", NET, "d = dZ2.dot(W2)", "W2.dot(dZ2) is the wrong way round"),
    ("e = y_true + h1", NUMBERS, "e = y_true - h1", "adds where it should subtract"),
    ("e = h1 / h2", NUMBERS, "e = h1 * h2", "divides where it should multiply"),
    ("e = h1 + h2", NUMBERS, "e = h1 * h2", "adds where it should multiply"),
    # signs and factors
    ("dZ2 = Y - P", NET, "dZ2 = P - Y", "the sign is wrong"),
    ("d = np.dot(X.T, Y - P)", NET, "d = np.dot(X.T, P - Y)", "the sign is wrong"),
    ("d = 1 / (1 + np.exp(x))", LAYER, "d = 1 / (1 + np.exp(-x))", "the sign of x is wrong"),
    ("d = -np.sin(x)", LAYER, "d = np.sin(x)", "the sign is wrong"),
    ("d = h1 * h2", NUMBERS, "d = -(h1 * h2)", "the sign is wrong"),
    ("d = -1 * (y_true - y_pred)", NUMBERS, "d = -2 * (y_true - y_pred)", "a factor 2 is missing"),
    ("d = P - Y", NET, "d = 2 * (P - Y)", "a factor 2 is missing"),
    ("d = 2 * (P - Y)", NET, "d = P - Y", "a factor 2 too much"),
    ("d = (2 * P).dot(W2.T)", NET, "d = P.dot(W2.T)", "a factor 2 too much"),
    (
        "d = X.T @ dZ1",
        NET,
        "d = X.T @ dZ1 / m",
        "a factor 1/6 is missing: the mean over the 6 samples",
    ),
    ("d = P - Y", NET, "d = (P - Y) / m", "a factor 1/6 is missing: the mean over the 6 samples"),
    ("d = P / 2", NET, "d = P", "a factor 2 is missing"),
    ("d = dH / m / m", NET, "d = dH / m", "divides by m, which does not belong there"),
    ("d = dH + reg * W1", NET, "d = dH + 2 * (reg * W1)", "a factor 2 is missing in reg * W1"),
    ("dxhat = dout", LAYER, "dxhat = dout * gamma", "the factor gamma is left out"),
    ("dn = dout[t]", LAYER, "dn = dout[t] * weight", "the factor weight is left out"),
    ("d = np.sum(dout * x)", LAYER, "d = np.sum(dout * gamma * x)", "the factor gamma is left out"),
    ("d = dh * sp", LOOP, "d = dh", "multiplies by sp, which does not belong there"),
    ("d = dh * hs[t] * (1 - hs[t])", LOOP, "d = dh", "multiplies by hs[t] * (1 - hs[t])"),
    # terms
    ("dW1 = X.T @ dZ1", NET, "dW1 = X.T @ dZ1 + reg * W1", "the term + reg * W1 is left out"),
    ("Z1 = X @ W1", NET, "Z1 = X @ W1 + b1", "the term + b1 is left out"),
    ("dh = Why.T @ dy", LOOP, "dh = Why.T @ dy + dhnext", "the term + dhnext is left out"),
    ("d = np.sum(P)", NET, "d = np.sum(P - Y)", "the term - Y is left out"),
    ("d = X.T @ (dZ1 - Y)", NET, "d = X.T @ dZ1", "subtracts Y, which does not belong there"),
    ("d = Y", NET, "d = P - Y", "uses Y where P - Y belongs"),
    # slopes of activations
    ("dZ1 = dH", NET, "dZ1 = dH * H * (1 - H)", "left out: times H * (1 - H)"),
    ("dZ1 = dZ2 @ W2.T", NET, "dZ1 = dZ2 @ W2.T * (1 - H ** 2)", "left out: times (1 - H ** 2)"),
    ("dZ1 = dH", NET, "dZ1 = dH * (Z1 > 0)", "the slope of the activation is left out"),
    ("dZ1 = dH", NET, "dZ1 = dH * deriv_sigmoid(Z1)", "left out: times deriv_sigmoid(Z1)"),
    ("d = X.T @ dH", NET, "d = X.T @ (dH * (1 - H ** 2))", "left out: dH times (1 - H ** 2)"),
    ("d = deriv_sigmoid(h2)", NUMBERS, "d = deriv_sigmoid(sum_h2)", "activated already"),
    (
        "d = sigmoid(sum_h1)",
        NUMBERS,
        "d = deriv_sigmoid(sum_h1)",
        "calls sigmoid where deriv_sigmoid",
    ),
    ("d = dh * delta", LOOP, "d = dh * self.slope(delta, True)", "where self.slope(delta, True)"),
    ("d = dH * H", NET, "d = dH * (H * (1 - H))", "uses H itself where its slope"),
    ("d = dH * (1 - H)", NET, "d = dH * (1 - H ** 2)", "uses H where H ** 2 belongs"),
    ("d = dH * H * (1 - H)", NET, "d = dH * (1 - H ** 2)", "has H * (1 - H), the slope of sigmoid"),
    ("d = 1", NUMBERS, "d = deriv_sigmoid(sum_o1)", "left out: times deriv_sigmoid(sum_o1)"),
    ("d = Y / P - Y / P", NET, "d = Y / P - (1 - Y) / P", "uses Y where 1 - Y belongs"),
    ("d = dH * Z1 * (1 - Z1)", NET, "d = dH * H * (1 - H)", "uses Z1 where H belongs"),
    # sums
    (
        "db1 = np.sum(dZ1)",
        NET,
        "db1 = np.sum(dZ1, axis=0)",
        "over all axes where the sum over axis 0",
    ),
    ("db1 = dZ1.sum(1)", NET, "db1 = dZ1.sum(axis=0)", "over axis 1 where the sum over axis 0"),
    ("db1 = dZ1.mean(axis=0)", NET, "db1 = dZ1.sum(axis=0)", "divided by 6, the number of samples"),
    ("db1 = dZ1.sum(axis=0)", NET, "db1 = dZ1.mean(axis=0)", "the mean over the 6 samples"),
    ("db1 = dZ1", NET, "db1 = dZ1.sum(axis=0)", "the sum over axis 0 is left out"),
    ("v = x.sum(axis=1)", LAYER, "v = x.sum(axis=1, keepdims=True)", "has x.sum(axis=1) where"),
    ("k = np.max(x, axis=1)", LAYER, "k = np.argmax(x, axis=1)", "uses max where argmax belongs"),
    ("d = (dH * H).mean(axis=1)", NET, "d = (dH * H).sum(axis=1)", "averages where it should sum"),
    # assignments
    ("dbh = dhraw", LOOP, "dbh += dhraw", "= where += belongs"),
    ("dbh += dhraw", LOOP, "dbh = dhraw", "+= where = belongs"),
    ("W1 += lr * dW1", MOVING, "W1 -= lr * dW1", "moves up the gradient, not down"),
    ("W1 = W1 + lr * dW1", MOVING, "W1 = W1 - lr * dW1", "moves up the gradient, not down"),
    ("W1 = W1 - -lr * dW1", MOVING, "W1 = W1 - lr * dW1", "moves up the gradient, not down"),
    ("W1 = W1 - lr * dW1", MOVING, "W1 = W1 - lr * dW1 / 6", "a factor 1/6 is missing"),
    ("W1 = lr * dW1", MOVING, "W1 -= lr * dW1", "is assigned anew"),
    ("p[range(6), t] += 1", NET, "p[range(6), t] -= 1", "adds where it should subtract"),
    ("dW[idx] = dout", LAYER, "np.add.at(dW, idx, dout)", "np.add.at belongs"),
    ("dW[idx] += dout", LAYER, "np.add.at(dW, idx, dout)", "np.add.at belongs"),
    ("dH *= 2", NET, "", "this line does not belong there"),
    ("out.append(P + Y)", NET, "out.append(P - Y)", "adds where it should subtract"),
    # masks, numbers, brackets, calls
    ("dH[H > 0] = 0", NET, "dH[H <= 0] = 0", "H > 0 is the wrong way round"),
    ("dH[dH <= 0] = 0", NET, "dH[Z1 <= 0] = 0", "uses dH where Z1 belongs"),
    ("d = np.where(x > 0, x, 0)", LAYER, "d = np.where(x > 0, dout, 0)", "uses x where dout"),
    (
        "d = np.where(x > 0, 0, x)",
        LAYER,
        "d = np.where(x > 0, x, 0)",
        "last two arguments of where",
    ),
    ("d = 1 - np.power(H, 3)", NET, "d = 1 - np.power(H, 2)", "has 3 where 2 belongs"),
    ("d = 1 / std", LAYER, "d = 1 / std ** 3", "uses std where std ** 3 belongs"),
    ("d = x * std ** -0.5", LAYER, "d = x * std ** (-1.5)", "has 0.5 where 1.5 belongs"),
    (
        "h = 1 / 1 + exp(-x)",
        LAYER,
        "h = 1 / (1 + exp(-x))",
        "is 1 + exp(-x), not 1 / (1 + exp(-x))",
    ),
    ("d = Y - P * m", NET, "d = (Y - P) * m", "brackets are missing: Y - P * m is not (Y - P) * m"),
    ("d = dH / (m * 2)", NET, "d = dH / m * 2", "has dH / (m * 2) where dH / m * 2 belongs"),
    ("d = nonlin(x, deriv=False)", LAYER, "d = nonlin(x, deriv=True)", "has False where True"),
    ("d = f(Y, P)", NET, "d = f(P, Y)", "the arguments of f are swapped"),
    ("d = np.sin(x) * dout", LAYER, "d = np.cos(x) * dout", "uses sin where cos belongs"),
    ("d = x.reshape(N, D)", LAYER, "d = x.reshape(D, N)", "the arguments of reshape are swapped"),
    (
        "d = np.einsum('bqk,bqd->bkd', s, q)",
        LAYER,
        "d = np.einsum('bkq,bqd->bkd', s, q)",
        "has 'bqk,",
    ),
    ("d = einsum('bqk', q)", LAYER, "d = einsum('bqk', q) * scale", "the factor scale is left out"),
    ("d = dout * s * (1 - s)", LAYER, SOFTMAX, "softmax's Jacobian"),
    (
        "d = dout * dxhat",
        LAYER,
        "d = dout * dxhat - dxhat.sum(axis=0)",
        "the term - dxhat.sum(axis=0)",
    ),
    ("d = d * q", LAYER, "d = d[..., None] * q", "uses d where d[..., None] belongs"),
    ("d = dout / std", LAYER, "d = dout / np.exp(std)", "uses std where np.exp(std) belongs"),
    (
        "return c * cos - d * sin, c * sin",
        LAYER,
        "return (c * cos - d * -sin, c * -sin)",
        "sign of sin",
    ),
    ("d = np.sum(x) * gamma", LAYER, "d = np.sum(x * gamma)", "has np.sum(x) * gamma where"),
    (
        "d = (x * gamma).sum(axis=1)",
        LAYER,
        "d = x.sum(axis=1) * gamma",
        "where x.sum(axis=1) * gamma",
    ),
    ("d = x.sum() * s.sum()", LAYER, "d = (x * s).sum()", "has x.sum() * s.sum() where"),
    ("return s ** 3", LAYER, "return s ** 3 * dout", "the factor dout is left out"),
    ("d = x.mean(axis=1)", LAYER, "d = (x * dxhat).mean(axis=1)", "the factor dxhat is left out"),
]


def found_in(text, scope):
    return {edit.suggestion: edit for edit in edits(ast.parse(text).body[0], scope)}


@pytest.mark.parametrize(("wrong", "scope", "right", "words"), MISTAKES, ids=lambda x: str(x)[:40])
def test_a_known_mistake_has_its_correction_with_its_words(wrong, scope, right, words):
    found = found_in(wrong, scope)
    assert right in found
    assert words in found[right].said


@functools.cache
def each():
    """The edits of every third statement, each with what is written."""
    some = [(wrong, found_in(wrong, scope)) for wrong, scope, *_ in MISTAKES[::3]]
    return [(wrong, edit) for wrong, found in some for edit in found.values()]


@pytest.mark.slow
def test_each_edit_is_a_statement_that_differs_from_what_is_written():
    for wrong, edit in each():
        if edit.statement is not None:
            assert ast.unparse(edit.statement) == edit.suggestion
            assert edit.suggestion != ast.unparse(ast.parse(wrong))


@pytest.mark.slow
def test_no_two_edits_are_alike_and_the_nearest_come_first():
    for wrong, scope, *_ in MISTAKES:
        found = edits(ast.parse(wrong).body[0], scope)
        assert len({edit.suggestion for edit in found}) == len(found) <= 1500
        costs = [edit.cost for edit in found]
        assert costs == sorted(costs)


def test_the_words_are_said_in_chinese_too():
    said = {edit.said for _, edit in each()}
    assert {x for x in said if not re.search("[\u4e00-\u9fff]", in_language(x, "zh"))} == set()


def test_the_words_are_of_a_kind_with_a_stable_id():
    known = {text for kind in kinds().values() for text in kind["said"]}
    assert {edit.said.template for _, edit in each()} - known == set()


def test_the_statement_itself_stays_as_it_is():
    node = ast.parse("dZ1 = dZ2 @ W2.T * (1 - H ** 2)").body[0]
    before = ast.dump(node, include_attributes=True)
    [edit.statement for edit in edits(node, NET)]
    assert ast.dump(node, include_attributes=True) == before


@pytest.mark.parametrize(
    "text", ["for t in x:\n    y = t", "pass", "return", "x: float", "import os"]
)
def test_a_statement_that_computes_nothing_has_no_edits(text):
    tree = ast.parse(f"def f():\n    {text}" if text == "return" else text)
    node = tree.body[0].body[0] if text == "return" else tree.body[0]
    assert edits(node, NET) == []


def test_names_of_any_letters_are_cut_out_where_they_stand():
    found = found_in("é = ü * x - β", Scope({"ü": (), "x": (), "β": ()}))
    assert found["é = ü * x + β"].said == "subtracts where it should add"
    assert found["é = ü * β - β"].said == "uses x where β belongs"


def test_a_name_of_another_shape_is_proposed_after_those_that_fit():
    found = found_in("d = dZ1 * H", NET)
    assert found["d = dZ1 * Z1"].cost < found["d = dZ1 * dZ2"].cost


def test_an_index_may_lack_a_counter_and_a_factor():
    scope = Scope({"i": (), "j": (), "size": (), "x": (9,), "d": (9,)})
    assert "d[j] += x[i + j]" in found_in("d[j] += x[i]", scope)
    assert "d[i * size + j] = x[i]" in found_in("d[i + j] = x[i]", scope)


def test_a_product_may_be_missing_of_what_is_used_twice():
    found = found_in("dW1 = X.T @ dZ1", NET)
    assert found["dW1 = X.T @ dZ1 + X.T @ dH"].said == "the term + X.T @ dH is left out"


LEAVES = st.sampled_from(["a", "b", "f(a, b)", "a[0]", "a[i, j]", "-a", "a.T", "2", "self.c"])
FORMULAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from([*"+-*/@<&", "**"]), inner),
        st.builds("(-{})".format, inner),
        st.builds("np.sum({}, axis=0)".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
    ),
    max_leaves=5,
)
TARGETS = st.sampled_from(["d = ", "d += ", "d[i] = ", "return ", "d.append"])
SMALL = Scope({"a": (2, 2), "b": None, "i": (), "self.c": (2,)}, ["g({})"], [3])


@given(TARGETS, FORMULAS)
def test_brackets_stand_where_they_are_needed_and_nowhere_else(target, formula):
    """So that no two edits are one and the same statement spelled in two ways."""
    [node] = ast.parse(f"{target}({formula})").body
    for edit in edits(node, SMALL):
        if edit.statement is not None:
            assert ast.unparse(edit.statement) == edit.suggestion


@pytest.mark.slow
def test_an_edit_takes_no_longer_than_to_read_it_three_times():
    nodes = [ast.parse(wrong).body[0] for wrong, *_ in MISTAKES[::4]]
    found, seconds = timed(lambda: [e.suggestion for node in nodes for e in edits(node, NET)])
    _, reading = timed(lambda: [ast.parse(text) for text in found[::3]])
    assert seconds < 3 * 3 * reading


def test_a_step_keeps_the_value_that_it_starts_from():
    node = ast.parse("w = w - lr * dw").body[0]
    found = [edit.suggestion for edit in edits(node, Scope({"w": (), "lr": (), "dw": ()}))]
    assert found
    assert all("w" in re.findall(r"\w+", text.partition("=")[2]) for text in found)


@pytest.mark.parametrize("line", ["n += 1", "n = n + 1"])
def test_what_is_counted_up_is_a_counter(line):
    assert [*counted(ast.parse(line).body[0])] == ["n"]
