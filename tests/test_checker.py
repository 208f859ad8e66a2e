"""The checker of code: each mistake blamed on its own line, nothing right called wrong."""

import ast
import itertools
import math
import random
import re
import threading
import time

import numpy as np
import pytest
from handmade import Net, Plain, Varied, data, made, spoil
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet.checker import examining

TUTORIAL = Net(2, 2)


@pytest.fixture
def with_examples():
    """Small examples are searched for; most tests do without."""


@pytest.fixture(autouse=True)
def without_examples(request, monkeypatch):
    if "with_examples" not in request.fixturenames:
        monkeypatch.setattr(examining, "smallest", lambda *args: None)


def blamed(report):
    return sorted(row.name for row in report.rows if row.verdict == "wrong")


def check(source, **options):
    return mg.check(made(source, "by_hand"), **options)


def check_training(source, n=2, **options):
    return mg.check_training(made(source, "Net")(), "train", *data(n), **options)


def test_the_tutorials_derivation_is_right_in_less_than_a_second():
    start = time.process_time()
    report = check(TUTORIAL.function())
    assert time.process_time() - start < 1.0
    assert report, report
    assert len(report.rows) == 12 + 9


def test_the_tutorials_class_is_right_and_left_as_it_was():
    net = made(TUTORIAL.trainer(), "Net")()
    before, state = dict(vars(net)), np.random.get_state()[1].tolist()
    report = mg.check_training(net, "train", *data(2))
    assert report, report
    assert [row.name for row in report.rows if row.name[:2] != "d_"] == [
        *(f"update {p}" for p in sorted(TUTORIAL.parameters)),
        "forward",
    ]
    assert vars(net) == before
    assert np.random.get_state()[1].tolist() == state


def mistakes(net):
    """Known ways to go wrong in an n-h-1 net: line, spoiled line, what is to blame, in words."""
    w, v, b = net.weights[-1][-1], net.out_weights, net.biases
    h = f"h{net.h}"
    first, last = net.x[0], net.x[-1]
    slope, out_slope = f"deriv_{net.hidden}(sum_{h})", f"deriv_{net.output}(sum_o1)"
    return [
        (f"d_{h}_d_{w} = {last} *", f"d_{h}_d_{w} = {first} *", f"d_{h}_d_{w}", "where"),
        (
            f"d_ypred_d_{b[-1]} = {out_slope}",
            f"d_ypred_d_{b[-1]} = 0",
            f"d_ypred_d_{b[-1]}",
            "is 0",
        ),
        ("d_L_d_ypred = -2 *", "d_L_d_ypred = -1 *", "d_L_d_ypred", "factor 2 is missing"),
        ("d_L_d_ypred = -2 *", "d_L_d_ypred = 2 *", "d_L_d_ypred", "sign"),
        (
            f"d_{h}_d_{b[-2]} = {slope}",
            f"d_{h}_d_{b[-2]} = {net.hidden}(sum_{h})",
            f"d_{h}_d_{b[-2]}",
            f"uses {h} itself where its derivative belongs",
        ),
        (
            f"d_{h}_d_{b[-2]} = {slope}",
            f"d_{h}_d_{b[-2]} = deriv_{net.hidden}({h})",
            f"d_{h}_d_{b[-2]}",
            "activated already",
        ),
        (
            f"d_ypred_d_{h} = {v[-1]} *",
            f"d_ypred_d_{h} = {h} *",
            f"d_ypred_d_{h}",
            f"uses {h} where {v[-1]} belongs",
        ),
        (
            f"d_ypred_d_{h} = {v[-1]} * {out_slope}",
            f"d_ypred_d_{h} = {v[-1]}",
            f"d_ypred_d_{h}",
            "left out",
        ),
    ]


@pytest.mark.usefixtures("with_examples")
def test_each_mistake_is_blamed_and_named():
    source = TUTORIAL.function()
    for old, new, name, words in mistakes(TUTORIAL):
        report = check(spoil(source, old, new))
        assert blamed(report) == [name], (new, report)
        row = report.rows[0]
        assert words in row.mistake
        assert row.example
        assert row.written != row.right
        assert all(r.verdict in ("right", "follows") for r in report.rows[1:])


@pytest.mark.parametrize("seed", range(4))
def test_each_mistake_is_blamed_in_another_net(seed):
    rng = random.Random(seed)
    net = Net(rng.randint(2, 4), rng.randint(2, 4), rng.choice(["sigmoid", "tanh"]))
    source = net.function(products=rng.random() < 0.5)
    for old, new, name, words in mistakes(net):
        report = check(spoil(source, old, new))
        assert blamed(report) == [name], (new, report)
        assert words in report.rows[0].mistake


def test_pairs_of_mistakes_are_both_blamed():
    source = TUTORIAL.function()
    for one, other in itertools.combinations(mistakes(TUTORIAL), 2):
        if one[2] == other[2]:
            continue
        report = check(spoil(spoil(source, *one[:2]), *other[:2]))
        assert blamed(report) == sorted([one[2], other[2]]), (one, other, report)
        assert one[3] in "".join(row.mistake for row in report.rows)


def test_swapped_factors_are_both_blamed():
    source = spoil(TUTORIAL.function(), "d_ypred_d_w5 = h1 *", "d_ypred_d_w5 = h2 *")
    report = check(spoil(source, "d_ypred_d_w6 = h2 *", "d_ypred_d_w6 = h1 *"))
    assert blamed(report) == ["d_ypred_d_w5", "d_ypred_d_w6"]
    assert [row.mistake for row in report.rows if row.verdict == "wrong"] == [
        "swapped with d_ypred_d_w6",
        "swapped with d_ypred_d_w5",
    ]


UPDATES = [
    ("self.b2 -= learn_rate", "self.b1 -= learn_rate", ["b1", "b2"], "b2 is never updated"),
    ("self.b2 -=", "self.b2 +=", ["b2"], "moves up the gradient"),
    ("self.b2 -=", "self.b2 -= 2 *", ["b2"], "at 2 times the rate"),
    (
        "self.w5 -= learn_rate * d_L_d_ypred *",
        "self.w5 -= learn_rate *",
        ["w5"],
        "d_L_d_ypred is left",
    ),
    ("self.w1 -= learn_rate * d_L_d_ypred", "self.w1 = learn_rate * d_L_d_ypred", ["w1"], ""),
    (
        "* d_ypred_d_h1 * d_h1_d_w2",
        "* d_ypred_d_h2 * d_h1_d_w2",
        ["w2"],
        "where d_ypred_d_h1 belongs",
    ),
    ("self.w6 -= learn_rate * d_L_d_ypred * d_ypred_d_w6", "pass", ["w6"], "w6 is never updated"),
]


@pytest.mark.parametrize(("old", "new", "names", "words"), UPDATES)
def test_each_mistake_in_an_update_line_is_blamed(old, new, names, words):
    report = check_training(spoil(TUTORIAL.trainer(), old, new))
    assert blamed(report) == [f"update {name}" for name in names], report
    assert any(words in row.mistake for row in report.rows if row.verdict == "wrong")


@pytest.mark.parametrize("index", range(8))
def test_a_mistake_in_a_factor_of_a_class_is_blamed_on_the_factor(index):
    old, new, name, words = mistakes(TUTORIAL)[index]
    if "= w" in old:
        old, new = old.replace("= w", "= self.w"), new.replace("= w", "= self.w")
    report = check_training(spoil(TUTORIAL.trainer(), old, new))
    assert blamed(report) == [name], report
    assert words in report.rows[0].mistake


def test_all_updates_up_the_gradient():
    report = check_training(spoil(TUTORIAL.trainer(), "learn_rate = 0.1", "learn_rate = -0.1"))
    assert blamed(report) == sorted(f"update {p}" for p in TUTORIAL.parameters)


def test_a_weight_used_after_its_update():
    moved = "self.w5 -= learn_rate * d_L_d_ypred * d_ypred_d_w5"
    source = spoil(TUTORIAL.trainer(), moved, "pass")
    line = "d_ypred_d_h1 = self.w5"
    report = check_training(spoil(source, line, f"{moved}; {line}"))
    assert blamed(report) == ["d_ypred_d_h1"]
    assert report.rows[0].mistake == "uses w5 after its update where w5 belongs"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sum_h2 = self.w3 * x[0] + self.w4 * x[1] + self.b2", "sum_h2 = self.w3 * x[0] + self.b2"),
        ("self.w4 * x[1] + self.b2", "self.w4 * x[1] + self.b1"),
        ("self.w4 * x[1] + self.b2", "self.w4 * x[0] + self.b2"),
        ("o1 = sigmoid(sum_o1)", "o1 = sigmoid(sum_o1 + self.w1)"),
        ("h2 = sigmoid(sum_h2)", "h2 = sigmoid(sum_h1)"),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_a_forward_pass_that_differs_is_blamed_alone(old, new, training):
    predicting, trained = TUTORIAL.trainer().split("    def train")
    source = (
        predicting + "    def train" + spoil(trained, old, new)
        if training
        else spoil(predicting, old, new) + "    def train" + trained
    )
    report = check_training(source)
    assert blamed(report) == ["forward"], report
    assert "predicting" in report.rows[0].why


class Symbol:
    """An expression in a normal form: sums and products without order, names written out."""

    def __init__(self, key):
        self.key = key

    @staticmethod
    def of(x):
        return x if isinstance(x, Symbol) else Symbol(("number", float(x)))

    def _merged(self, sign, other):
        parts = []
        for key in (self.key, Symbol.of(other).key):
            parts += key[1] if key[0] == sign else [key]
        numbers = [key[1] for key in parts if key[0] == "number"]
        others = [key for key in parts if key[0] != "number"]
        number = float(np.prod(numbers)) if sign == "*" else float(sum(numbers))
        neutral = 1.0 if sign == "*" else 0.0
        others += [("number", number)] if number != neutral or not others else []
        return Symbol((sign, sorted(others, key=repr)) if len(others) > 1 else others[0])

    def __mul__(self, other):
        return self._merged("*", other)

    def __add__(self, other):
        return self._merged("+", other)

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -Symbol.of(other)

    def __rsub__(self, other):
        return Symbol.of(other) - self

    def __pow__(self, n):
        return self * self if n == 2 else Symbol(("**", self.key, n))

    def __rtruediv__(self, other):
        return Symbol.of(other) * Symbol(("1/", self.key))

    def exp(self):
        return Symbol(("exp", self.key))

    __rmul__, __radd__ = __mul__, __add__


def symbols(source):
    """The derivatives of a source, as normal forms."""
    arguments = {name: Symbol(("name", name)) for name in [*TUTORIAL.parameters, "y_true"]}
    arguments["x"] = [Symbol(("name", "x0")), Symbol(("name", "x1"))]
    found = made(source, "by_hand")(**arguments)
    return {k: Symbol.of(v).key for k, v in found.items() if k.startswith("d_") or k == "L"}


class Mutants(ast.NodeTransformer):
    """Makes the single edits of a function one after the other: the edit numbered `wanted`."""

    def __init__(self, wanted, names):
        self.wanted, self.names, self.count = wanted, names, 0

    def _edits(self, node, *new):
        for other in new:
            self.count += 1
            if self.count - 1 == self.wanted:
                return other
        return node

    def visit_Return(self, node):
        return node

    def visit_Assign(self, node):
        node.value = self.visit(node.value)
        scaled = [
            ast.BinOp(ast.Constant(c), ast.Mult(), node.value) for c in (2.0, 0.5, -1.0, 1.001)
        ]
        node.value = self._edits(node.value, *scaled, ast.Constant(0.0), ast.Constant(1.0))
        return node

    def visit_Name(self, node):
        names = [n for n in self.names if n != node.id and (n[:2] == "d_") == (node.id[:2] == "d_")]
        return self._edits(node, *(ast.Name(name, ast.Load()) for name in names))

    def visit_Subscript(self, node):
        other = ast.Subscript(node.value, ast.Constant(1 - node.slice.value), ast.Load())
        return self._edits(node, other)

    def visit_Call(self, node):
        node.args = [self.visit(arg) for arg in node.args]
        other = {"sigmoid": "deriv_sigmoid", "deriv_sigmoid": "sigmoid"}[node.func.id]
        call = ast.Call(ast.Name(other, ast.Load()), node.args, [])
        return self._edits(node, call, node.args[0])

    def visit_BinOp(self, node):
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        new = [node.left, node.right]
        if isinstance(node.op, (ast.Add, ast.Sub)):
            sign = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            new.append(ast.BinOp(node.left, sign, node.right))
        if isinstance(node.op, ast.Mult):
            new.append(ast.BinOp(node.left, ast.Add(), node.right))
        return self._edits(node, *new)

    def visit_UnaryOp(self, node):
        return self._edits(node, node.operand)


def mutants(source):
    """Every single edit of the lines of by_hand, as source."""
    head, body = source.split("def by_hand")
    tree = ast.parse("def by_hand" + body)
    assigned = [line.targets[0].id for line in tree.body[0].body[:-1]]
    for line, statement in enumerate(tree.body[0].body[:-1]):
        known = [*TUTORIAL.parameters, "y_true", *assigned[:line]]
        for wanted in itertools.count():
            fresh = ast.parse("def by_hand" + body)
            edit = Mutants(wanted, known)
            fresh.body[0].body[line] = edit.visit(fresh.body[0].body[line])
            if edit.count <= wanted:
                break
            target = statement.targets[0].id
            yield target, head + ast.unparse(ast.fix_missing_locations(fresh))


def score(sources):
    """How many edits are caught, how many are proven to change nothing, and the others."""
    right = symbols(TUTORIAL.function())
    caught, equivalent, missed = 0, 0, []
    for target, source in sources:
        report = check(source)
        if not report:
            caught += 1
            if target.startswith("d_"):
                assert blamed(report) == [target], (source, report)
        elif symbols(source) == right:
            equivalent += 1
        else:
            missed.append(source)
    return caught, equivalent, missed


def test_a_sample_of_all_single_edits_is_caught():
    caught, _, missed = score(list(mutants(TUTORIAL.function()))[::83])
    assert not missed, missed[0]
    assert caught > 10


@pytest.mark.slow
def test_every_single_edit_is_caught_or_proven_equivalent():
    caught, equivalent, missed = score(mutants(TUTORIAL.function()))
    total = caught + equivalent + len(missed)
    print(f"{caught} of {total} edits caught, {equivalent} equivalent, {len(missed)} missed")
    assert not missed, missed[0]
    assert caught > 1000


def varied(seed):
    """A random net, its derivation written in a random correct way, and how it is meant."""
    rng = random.Random(seed)
    names = ["sigmoid", "tanh", "relu"]
    net = Net(rng.randint(1, 3), rng.randint(1, 3), rng.choice(names), rng.choice(names[:2]))
    return net, net.function(Varied(seed), products=rng.random() < 0.7)


def random_points(size):
    def points(names, count, seed=0):
        rng = random.Random(size)
        for _ in range(count):
            yield {name: rng.uniform(-1, 1) * 10 ** rng.uniform(-3, size) for name in names}

    return points


@pytest.mark.parametrize("seed", range(30))
def test_no_false_alarm(seed):
    _, source = varied(seed)
    report = check(source)
    assert not blamed(report), report
    assert all(row.verdict in ("right", "cannot tell") for row in report.rows)


@pytest.mark.slow
def test_no_false_alarm_in_10_000_correct_derivations_anywhere(monkeypatch):
    monkeypatch.setattr(examining, "POINTS", 1)
    for seed in range(10_000):
        monkeypatch.setattr(examining, "informative", random_points(seed % 7 / 2))
        _, source = varied(seed)
        report = check(source)
        assert not blamed(report), (seed, source, report)


@pytest.mark.parametrize("seed", range(15))
def test_no_false_alarm_in_a_class(seed):
    net, _ = varied(seed)
    report = check_training(net.trainer(Varied(seed)), net.n)
    assert report, report


def test_derivatives_in_their_own_words():
    """Other names: E for L, dE_dw, hidden for h, a target t; no product is written."""

    def by_hand(w, b, x, t):
        s = w * x + b
        hidden = np.tanh(s)
        E = 0.5 * (hidden - t) ** 2
        dE_dhidden = hidden - t
        dhidden_ds = 1 - hidden**2
        ds_dw = x
        ds_db = 1
        dE_dw = dE_dhidden * dhidden_ds * ds_dw
        return locals()

    report = mg.check(by_hand)
    assert report, report
    assert len(report.rows) == 5


def test_a_derivative_that_is_only_a_name_or_a_number_can_be_blamed():
    def by_hand(w, b, x1, x2, y_true):
        s = w * x1 + b * x2
        L = (s - y_true) ** 2
        d_L_d_s = 2 * (s - y_true)
        d_s_d_w = x2
        d_s_d_b = 1
        d_L_d_w = d_L_d_s * d_s_d_w
        d_L_d_b = d_L_d_s * d_s_d_b
        return locals()

    report = mg.check(by_hand)
    assert {row.name: row.verdict for row in report.rows} == {
        "d_s_d_w": "wrong",
        "d_s_d_b": "wrong",
        "d_L_d_w": "follows",
        "d_L_d_b": "follows",
        "d_L_d_s": "right",
    }
    assert [row.follows for row in report.rows if row.verdict == "follows"] == [
        ("d_s_d_w",),
        ("d_s_d_b",),
    ]


def test_two_wrongs_that_make_a_right_product():
    def by_hand(w, x):
        s = w * x
        L = s**2
        d_L_d_s = s
        d_s_d_w = 2 * x
        d_L_d_w = d_L_d_s * d_s_d_w
        return locals()

    verdicts = {row.name: row.verdict for row in mg.check(by_hand).rows}
    assert verdicts == {"d_L_d_s": "wrong", "d_s_d_w": "wrong", "d_L_d_w": "right"}


def test_a_term_left_out_of_a_sum_over_paths():
    def by_hand(x, w1, w2, v1, v2):
        h1 = np.tanh(w1 * x)
        h2 = np.tanh(w2 * x)
        L = v1 * h1 + v2 * h2
        d_L_d_x = v1 * (1 - h1**2) * w1
        return locals()

    [row] = mg.check(by_hand).rows
    assert row.mistake == "the path through h2 is left out"


def test_updates_in_a_function():
    def by_hand(w, b, x, y_true, rate):
        y_pred = w * x + b
        d_L_d_ypred = 2 * (y_pred - y_true)
        d_ypred_d_w = x
        w = w - rate * d_L_d_ypred * d_ypred_d_w
        b = b - rate * d_L_d_ypred * x
        return locals()

    report = mg.check(by_hand)
    assert blamed(report) == ["update b"] or blamed(report) == ["update w"]


def test_numbers_that_start_inside_the_function():
    def by_hand(x, y_true):
        w, b = 0.5, 0.25
        y_pred = w * x + b
        d_L_d_ypred = -2 * (y_true - y_pred)
        d_ypred_d_w = x
        d_ypred_d_b = 0
        return locals()

    report = mg.check(by_hand)
    assert blamed(report) == ["d_ypred_d_b"]


def train(X, y, w, b, rate=0.1):
    for _ in range(100):
        for x, y_true in zip(X, y):
            y_pred = w * x[0] + b
            d_L_d_ypred = -2 * (y_true - y_pred)
            d_ypred_d_w = x[0]
            d_ypred_d_b = 1  # noqa: F841
            w -= rate * d_L_d_ypred * d_ypred_d_w
            b -= rate * d_L_d_ypred * d_ypred_d_w
    return w, b


def train_alone(X, y):
    w = np.random.normal()
    b = 0
    for epoch in range(100):
        for i in range(len(X)):
            y_pred = w * X[i][0] + b
            d_L_d_ypred = -2 * (y[i] - y_pred)
            d_ypred_d_w = X[i][0]
            d_ypred_d_b = 1
            w -= 0.1 * d_L_d_ypred * d_ypred_d_w
            b -= 0.1 * d_L_d_ypred * d_ypred_d_b
        if epoch % 10 == 0:
            print(f"{epoch}: {(y[0] - y_pred) ** 2:.3f}")
    return w, b


def test_a_plain_function_with_a_loop():
    report = mg.check_training(train, X=[[1.0], [2.0]], y=[1.0, 2.0])
    assert blamed(report) == ["update b"], report
    report = mg.check_training(train_alone, X=[[1.0], [2.0]], y=[1.0, 2.0])
    assert report, report
    assert {row.name for row in report.rows} >= {"update w", "update b", "d_ypred_d_b"}


class Lists:
    """Parameters in lists, gradients in dicts, a step in a method of its own."""

    def __init__(self):
        self.w, self.b = [0.1, 0.2], 0.0

    def predict(self, x):
        return self.w[0] * x[0] + self.w[1] * x[1] + self.b

    def step(self, x, y_true):
        y_pred = self.predict(x)
        d_L_d_ypred = -2 * (y_true - y_pred)
        d_ypred_d_w0 = x[0]
        d_ypred_d_w1 = x[0]
        self.w[0] -= 0.1 * d_L_d_ypred * d_ypred_d_w0
        self.w[1] -= 0.1 * d_L_d_ypred * d_ypred_d_w1
        self.b -= 0.1 * d_L_d_ypred

    def train(self, X, y):
        for x, t in zip(X, y):
            self.step(x, t)


def test_a_step_in_a_method_of_its_own():
    net = Lists()
    report = mg.check_training(net, "train", *data(2))
    assert net.w == [0.1, 0.2]
    assert blamed(report) == ["d_ypred_d_w1"], report
    assert [row.name for row in report.rows if row.verdict == "follows"] == ["update w[1]"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: mg.check(3), TypeError, "function that returns locals"),
        (lambda: mg.check(Lists), TypeError, "check_training"),
        (lambda: mg.check(lambda w: None), TypeError, "return locals"),
        (lambda: mg.check(lambda w: {"d_L_d_w": w}), KeyError, "no L is computed"),
        (lambda: mg.check(lambda w: {"a": w}), KeyError, "named like a derivative"),
        (lambda: mg.check(lambda w: {"L": w * 2, "d_L_d_v": w}), KeyError, "names are L, w"),
        (lambda: mg.check(lambda *w: {}), TypeError, "name the argument 'w'"),
        (lambda: mg.check_training(Lists(), "fit", *data(2)), TypeError, "no method 'fit'"),
        (lambda: mg.check_training(Lists(), "train", [], []), ValueError, "X is"),
        (lambda: mg.check_training(Lists(), "predict", *data(2)), TypeError, "predict"),
        (lambda: mg.check_training("net", "train", *data(2)), TypeError, "no object that trains"),
        (lambda: mg.check_training(data, X=[[1]], y=[1]), TypeError, "no parameters in data"),
    ],
)
def test_errors_say_what_is_missing(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


@pytest.mark.usefixtures("with_examples")
def test_the_report_as_a_table_and_as_data():
    old, new, name, words = mistakes(TUTORIAL)[0]
    report = check(spoil(TUTORIAL.function(), old, new), witness=True)
    entry = report.to_dict()["rows"][0]
    assert entry["name"] == name
    assert entry["mistake"] == "uses x[0] where x[1] belongs: copied from d_h2_d_w3?"
    assert entry["example"]["x[1]"] == 1.0
    assert entry["difference"]["value"] == pytest.approx(entry["right"])
    assert report.to_dict()["rows"][1]["follows"] == [name]
    assert words in report._repr_html_()
    assert "for example at x[1] = 1, all others 0: written 0, right 0.25" in str(report)


@pytest.mark.parametrize("style", [Plain(), Varied(3)])
def test_what_derive_prints_is_right(style):
    net = mg.MLP(3, [2, 1], seed=1)
    x = [mg.Value(0.3 * i, f"x{i}") for i in range(3)]
    loss = mg.mse(net(x), mg.Value(1.0, "y_true"))
    names = {}
    exec(mg.derive(loss, net.parameters()), names)
    report = mg.check(names["derivatives"])
    assert report, report


def test_assert_derivation():
    mg.testing.assert_derivation(made(TUTORIAL.function(), "by_hand"))
    wrong = spoil(TUTORIAL.function(), "-2 * (y_true", "-1 * (y_true")
    with pytest.raises(AssertionError, match="not right: d_L_d_ypred"):
        mg.testing.assert_derivation(made(wrong, "by_hand"))


def train_each_by_itself(X, y, w, b):
    for x, y_true in zip(X, y):
        for _ in range(100_000):
            y_pred = w * x[0] + b
            d_L_d_ypred = -2 * (y_true - y_pred)
            d_ypred_d_w = x[0]
            w -= 0.1 * d_L_d_ypred * d_ypred_d_w
            b -= 0.1 * d_L_d_ypred
    return w, b


def test_the_samples_may_be_the_outer_loop():
    report = mg.check_training(train_each_by_itself, X=[[1.0], [2.0]], y=[1.0, 2.0])
    assert report, report


class Reporting:
    """Keeps a rate and a loss as attributes, reports before it updates, warms up first."""

    __slots__ = ("history", "learn_rate", "loss", "w")

    def __init__(self):
        self.w, self.learn_rate, self.loss, self.history = 0.5, 0.1, 0.0, []

    def train(self, X, y):
        for _ in range(3):
            pass
        for x, y_true in zip(X, y):
            y_pred = self.w * x[0]
            self.loss = (y_true - y_pred) ** 2
            self.history.append(float(self.loss))
            print(f"{y_pred:.3f}", "%.2f" % self.loss, round(self.loss, 3))  # noqa: UP031
            d_L_d_ypred = -2 * (y_true - y_pred)
            d_ypred_d_w = x[0]
            self.w -= self.learn_rate * d_L_d_ypred * d_ypred_d_w


def test_reports_rates_and_slots_are_no_parameters(capsys):
    net = Reporting()
    report = mg.check_training(net, "train", [[1.0]], [2.0])
    assert report, report
    assert [row.name for row in report.rows] == ["d_L_d_ypred", "d_ypred_d_w", "update w"]
    assert net.history == []
    assert capsys.readouterr().out == ""
    assert "float" not in globals()
    with pytest.raises(TypeError):
        float(mg.Value(1.0))


def trained(lines, start="self.w, self.b = 0.5, 0.25", after=""):
    """A class with one neuron and a loop over samples, of which some lines are given."""
    source = f"""
class Net:
    def __init__(self):
        {start}
    def predict(self, x):
        return self.w * x[0] + self.b
    def train(self, X, y):
        for epoch in range(100):
            for x, y_true in zip(X, y):
                y_pred = self.w * x[0] + self.b
                d_L_d_ypred = -2 * (y_true - y_pred)
                d_ypred_d_w = x[0]
                d_ypred_d_b = 1
                g_w = d_L_d_ypred * d_ypred_d_w
                g_b = d_L_d_ypred * d_ypred_d_b
                {lines}
            {after}
"""
    return mg.check_training(made(source, "Net")(), "train", [[1.0], [2.0]], [1.0, 2.0])


def test_momentum_is_a_step_down_the_gradient():
    report = trained(
        "self.v = 0.9 * self.v + g_w; self.w -= 0.1 * self.v; self.b -= 0.1 * g_b",
        "self.w, self.b, self.v = 0.5, 0.25, 0.0",
    )
    assert report, report


def test_a_batch_gradient():
    start = "self.w, self.b, self.sums = 0.5, 0.25, [0.0, 0.0]"
    lines = "self.sums = [self.sums[0] + g_w, self.sums[1] + g_b]"
    step = "self.w -= 0.1 * self.sums[0]; self.b -= 0.1 * self.sums[1]; self.sums = [0.0, 0.0]"
    assert trained(lines, start, step)
    report = trained(lines, start, step.replace("self.b -= 0.1", "self.b += 0.1"))
    assert blamed(report) == ["update b"]


def test_weight_decay_is_named():
    report = trained("self.w -= 0.1 * (g_w + 0.01 * self.w); self.b -= 0.1 * g_b")
    assert blamed(report) == ["update w"]
    assert report.rows[0].mistake == "moves by 0.01 × w too, which is not in L"


def test_a_term_missing_in_the_forward_pass_of_training():
    predicting, training = TUTORIAL.trainer().split("    def train")
    lines = [line for line in predicting.splitlines() if "sum_o1" not in line]
    lines[lines.index("        y_pred = o1")] = (
        "        o1 = sigmoid(self.w5 * h1 + self.w6 * h2 + self.b3)"
    )
    training = spoil(training, "self.w6 * h2 + self.b3", "self.w6 * h2")
    report = check_training("\n".join(lines) + "\n    def train" + training)
    assert blamed(report) == ["forward"], report


@pytest.mark.usefixtures("with_examples")
def test_branches_on_the_target():
    def by_hand(w, x, y_true):
        y_pred = 1 / (1 + math.exp(-w * x))
        if y_true == 1:
            L = -math.log(y_pred)
            d_L_d_ypred = 1 / y_pred
        else:
            L = -math.log(1 - y_pred)
            d_L_d_ypred = 1 / (1 - y_pred)
        return locals()

    report = mg.check(by_hand)
    assert blamed(report) == ["d_L_d_ypred"]
    assert report.rows[0].example["y_true"] == 1.0


@pytest.mark.parametrize("relu", [lambda x: max(0, x), lambda x: x if x > 0 else 0])
def test_a_relu_of_plain_numbers(relu):
    def by_hand(w1, w2, x, y_true):
        h1 = relu(w1 * x)
        y_pred = w2 * h1
        L = (y_pred - y_true) ** 2
        d_L_d_ypred = 2 * (y_pred - y_true)
        d_ypred_d_h1 = w2
        d_h1_d_w1 = x if h1 > 0 else 0
        d_L_d_w1 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w1
        return locals()

    report = mg.check(by_hand)
    assert report, report


def test_below_decorators_and_no_generators():
    def shown(function):
        def call(*inputs):
            return function(*inputs)

        return call

    class Net(Lists):
        train = shown(Lists.train)

    assert blamed(mg.check_training(Net(), "train", *data(2))) == ["d_ypred_d_w1"]

    class Steps(Lists):
        def train(self, X, y):
            yield self.step(X[0], y[0])

    with pytest.raises(TypeError, match="train is a generator"):
        mg.check_training(Steps(), "train", *data(2))


def test_names_that_are_no_derivatives_are_an_error():
    with pytest.raises(KeyError, match="no local is named like a derivative"):
        mg.check(lambda w, x: {"L": w * x, "dw": x})


def test_many_checks_at_once_leave_no_trace():
    exp, source = math.exp, TUTORIAL.function()
    threads = [threading.Thread(target=check, args=(source,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert math.exp is exp


@pytest.mark.usefixtures("with_examples")
@settings(max_examples=3)
@given(st.integers(1, 3))
def test_within_a_test_of_hypothesis(n):
    report = mg.check(lambda w, x: {"L": w * x**n, "d_L_d_w": x ** (n + 1)})
    assert report.rows[0].example


class Arrays:
    """Weights in arrays, changed in place, as in most NumPy nets."""

    def __init__(self):
        self.W1, self.W2 = np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([0.5, 0.6])
        self.b1, self.b2 = np.zeros(2), 0.0

    def predict(self, x):
        return self.W2 @ np.tanh(self.W1 @ x + self.b1) + self.b2

    def train(self, X, y):
        for x, y_true in zip(X, y):
            h = np.tanh(self.W1 @ x + self.b1)
            y_pred = self.W2 @ h + self.b2
            d_L_d_ypred = 2 * (y_pred - y_true)
            d_L_d_W2 = d_L_d_ypred * h
            d_L_d_h = d_L_d_ypred * self.W2
            d_L_d_b1 = d_L_d_h * (1 - h**2)
            d_L_d_W1 = np.outer(d_L_d_b1, x)
            self.W1 -= 0.1 * d_L_d_W1
            self.b1 -= 0.1 * d_L_d_b1
            self.W2 -= 0.1 * d_L_d_W2
            self.b2 -= 0.1 * d_L_d_ypred


def test_arrays_are_checked_element_by_element():
    net = Arrays()
    report = mg.check_training(net, "train", *data(2))
    assert report, report
    assert net.W1.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    names = [row.name for row in report.rows]
    assert {"d_L_d_W1[0, 1]", "d_L_d_W2[1]", "update W1[1, 0]", "update b2", "forward"} <= {*names}


def test_a_mistake_in_an_array_shows_in_its_elements():
    class Net(Arrays):
        def train(self, X, y):
            for x, y_true in zip(X, y):
                h = np.tanh(self.W1 @ x + self.b1)
                y_pred = self.W2 @ h + self.b2
                d_L_d_ypred = 2 * (y_pred - y_true)
                d_L_d_W2 = d_L_d_ypred * self.W2
                self.W2 -= 0.1 * d_L_d_W2

    report = mg.check_training(Net(), "train", *data(2))
    assert {"d_L_d_W2[0]", "d_L_d_W2[1]"} <= set(blamed(report))


def class_mistakes(net):
    """Mistakes in the class of an n-h-1 net: edits of its source, and what is to blame."""
    edits = []
    for old, new, name, _ in mistakes(net):
        own = [
            text.replace(f"= {net.out_weights[-1]}", f"= self.{net.out_weights[-1]}")
            for text in (old, new)
        ]
        edits.append(([tuple(own)], [name]))
    first, last = net.biases[0], net.biases[-2]
    edits.append(([(f"self.{last} -=", f"self.{first} -=")], [f"update {first}", f"update {last}"]))
    one, other = net.out_weights[:2]
    swap = [(f"d_ypred_d_{one} = h1", "@"), (f"d_ypred_d_{other} = h2", f"d_ypred_d_{other} = h1")]
    swap.append(("@", f"d_ypred_d_{one} = h2"))
    edits.append((swap, [f"d_ypred_d_{one}", f"d_ypred_d_{other}"]))
    return edits


def spoiled(source, edits):
    for old, new in edits:
        source = spoil(source, old, new)
    return source


@pytest.mark.parametrize(
    "net", [TUTORIAL, Net(3, 4), Net(4, 2, "tanh")], ids=["2-2-1", "3-4-1", "4-2-1"]
)
def test_each_mistake_in_a_class_is_blamed(net):
    for edits, names in class_mistakes(net):
        report = check_training(spoiled(net.trainer(), edits), net.n)
        assert blamed(report) == sorted(names), (edits, report)


@pytest.mark.slow
@pytest.mark.parametrize(
    "net", [TUTORIAL, Net(3, 4), Net(4, 2, "tanh")], ids=["2-2-1", "3-4-1", "4-2-1"]
)
def test_pairs_of_mistakes_in_a_class_are_both_blamed(net):
    for (one, names), (other, more) in itertools.combinations(class_mistakes(net), 2):
        if set(names) & set(more):
            continue
        source = spoiled(spoiled(net.trainer(), one), other)
        report = check_training(source, net.n)
        assert blamed(report) == sorted(names + more), (one, other, report)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_pairs_of_mistakes_in_another_net_are_both_blamed(seed):
    rng = random.Random(seed)
    net = Net(rng.randint(2, 4), rng.randint(2, 4), rng.choice(["sigmoid", "tanh"]))
    for one, other in itertools.combinations(mistakes(net), 2):
        if one[2] != other[2]:
            report = check(spoil(spoil(net.function(), *one[:2]), *other[:2]))
            assert blamed(report) == sorted([one[2], other[2]]), (one, other, report)
