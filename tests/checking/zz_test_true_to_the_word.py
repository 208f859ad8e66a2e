"""What a report says is true: one test for each way in which it once was not."""

import inspect
import io
import math
import sys

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.__main__ import main
from microgradnet.checking.report import Report
from tests.checking.handmade import TUTORIAL, blamed, check, check_training, made, spoil
from tests.marks import few
from tests.processor import timed
from tests.sources import executed


def words(report):
    return {row.name: (row.verdict, row.words) for row in report.rows}


# What is spelled as a derivative is a row or an error.


@pytest.mark.parametrize("name", ["dl_dw", "dE_dw", "dLoss_dw", "dJ_dw", "dcost_dw", "d_C_d_w"])
def test_a_derivative_of_the_loss_by_any_usual_name_is_judged(name):
    source = (
        "def by_hand(w, x, y_true):\n"
        "    L = (w * x - y_true) ** 2\n"
        f"    {name} = SIGN 2 * (w * x - y_true) * x\n"
        "    return locals()\n"
    )
    for sign, verdict in (("-", "wrong"), ("+", "right")):
        names = {}
        exec(source.replace("SIGN", sign), names)
        report = mg.check(names["by_hand"])
        assert [(row.name, row.verdict) for row in report.rows] == [(name, verdict)]


def test_a_derivative_of_something_unknown_is_an_error():
    def by_hand(w, x, y_true):
        L = (w * x - y_true) ** 2
        dq_dw = -2 * (w * x - y_true) * x
        return locals()

    with pytest.raises(KeyError, match="dq_dw"):
        mg.check(by_hand)


def test_a_report_without_rows_is_not_right():
    assert not Report(())
    assert Report(()).to_dict()["right"] is False


# A name is one thing: what is predicted is not also the target.


def test_the_prediction_is_not_the_target():
    def by_hand(w, x, t):
        y = w * x
        d_L_d_y = 2 * (y - t)
        d_y_d_w = x
        return locals()

    report = mg.check(by_hand)
    assert report, report


# A name is what it is where the derivative is assigned, L what it is a derivative of.


class PrintsFirst:
    w, b = 0.5, 0.1

    def predict(self, x):
        return self.w * x[0] + self.b

    def train(self, X, y):
        loss = sum((self.predict(x) - t) ** 2 for x, t in zip(X, y))
        print("before", loss)
        for x, y_true in zip(X, y):
            y_pred = self.predict(x)
            d_L_d_ypred = 2 * (y_pred - y_true)
            self.w -= 0.1 * d_L_d_ypred * x[0]
            self.b -= 0.1 * d_L_d_ypred


def test_a_loss_printed_before_training_is_right():
    report = mg.check_training(PrintsFirst(), "train", [[1.0]], [1.0])
    assert report, report
    assert len(report.rows) == 4


def test_what_is_computed_anew_after_the_update_is_right():
    def by_hand(w, x, y_true):
        y_pred = w * x
        L = (y_pred - y_true) ** 2
        d_L_d_ypred = 2 * (y_pred - y_true)
        d_ypred_d_w = x
        w = w - 0.1 * d_L_d_ypred * d_ypred_d_w
        y_pred = w * x
        return locals()

    report = mg.check(by_hand)
    assert report, report
    assert len(report.rows) == 3


def test_a_prediction_without_a_name():
    class Net:
        def __init__(self, factor):
            self.w, self.factor = 0.5, factor

        def train(self, X, y):
            for x, y_true in zip(X, y):
                d_L_d_ypred = self.factor * (self.w * x[0] - y_true)
                self.w -= 0.1 * d_L_d_ypred * x[0]

    for factor, verdict in ((2, "right"), (-2, "wrong")):
        said = words(mg.check_training(Net(factor), "train", [[1.0]], [1.0]))
        assert said["d_L_d_ypred"][0] == verdict


# No Value becomes a number in silence.


class Buffer:
    w, v = np.array([0.5]), np.array([0.7])

    def train(self, X, y):
        for x, y_true in zip(X, y):
            h = np.zeros(1)
            h[0] = np.tanh(self.w[0] * x[0])
            y_pred = self.v[0] * h[0]
            d_L_d_ypred = 2 * (y_pred - y_true)
            self.w[0] += 0.1 * d_L_d_ypred * self.v[0] * (1 - h[0] ** 2) * x[0]
            self.v[0] -= 0.1 * d_L_d_ypred * h[0]


def test_an_array_that_is_filled_holds_values():
    said = words(mg.check_training(Buffer(), "train", [[1.0]], [1.0]))
    [(name, what)] = [(k, w) for k, (verdict, w) in said.items() if verdict == "wrong"]
    assert name.startswith("update w")
    assert what == "moves up the gradient, not down"


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (math.atan, "1 / (1 + s * s)"),
        (math.asin, "1 / math.sqrt(1 - s * s)"),
        (math.acos, "-1 / math.sqrt(1 - s * s)"),
    ],
)
def test_functions_of_math_that_are_no_row_of_the_table(function, slope):
    source = (
        "def by_hand(s, y_true):\n"
        f"    h = math.{function.__name__}(s)\n"
        "    L = (h - y_true) ** 2\n"
        f"    d_h_d_s = SIGN * {slope}\n"
        "    return locals()\n"
    )
    for sign, verdict in (("1", "right"), ("-1", "wrong"), ("0", "wrong")):
        exec(source.replace("SIGN", sign), names := {"math": math})
        assert words(mg.check(names["by_hand"]))["d_h_d_s"][0] == verdict


def test_a_function_of_math_that_cannot_be_followed_is_refused():
    with pytest.raises(TypeError, match=r"math\.erf cannot be followed: write it with"):
        mg.check(lambda w: {"L": math.erf(w), "d_L_d_w": 1.0})


def test_where_of_single_numbers():
    def by_hand(w, x, y_true):
        z = w * x
        h = np.where(z > 0, z, 0)
        L = (h - y_true) ** 2
        d_L_d_h = 2 * (h - y_true)
        return locals()

    report = mg.check(by_hand)
    assert report, report


# One mark an assignment: several on a line are several.


def test_two_assignments_on_a_line_are_two():
    source = (
        "def by_hand(w, x, y_true):\n"
        "    y_pred = w * x\n"
        "    L = (y_pred - y_true) ** 2\n"
        "    d_L_d_ypred = 4 * (y_pred - y_true); d_L_d_w = d_L_d_ypred * x\n"
        "    d_L_d_x = (d_y := d_L_d_ypred) * w + 0 * d_y\n"
        "    return locals()\n"
    )
    said = {k: v for k, (v, _) in words(mg.check(made(source, "by_hand"))).items()}
    assert said == {"d_L_d_ypred": "wrong", "d_L_d_w": "follows", "d_L_d_x": "follows"}


# A step is wrong where it is wrong itself, even if another mistake makes its number right.


def test_of_two_mistakes_that_cancel_both_are_wrong():
    def by_hand(w, x, y_true):
        y_pred = w * x
        L = (y_pred - y_true) ** 2
        d_L_d_ypred = y_pred - y_true
        d_L_d_w = 2 * d_L_d_ypred * x
        return locals()

    said = words(mg.check(by_hand))
    assert said["d_L_d_ypred"] == ("wrong", "a factor 2 is missing")
    assert said["d_L_d_w"][0] == "wrong"
    assert said["d_L_d_w"][1].startswith("a factor 2 too much; its number is right only since")


# "follows" names what it follows from.


def test_nothing_follows_from_nothing():
    def by_hand(w, x):
        L = math.sin(math.pi * w * x)
        d_L_d_w = 3.1415926535 * x * math.cos(math.pi * w * x)
        return locals()

    [row] = mg.check(by_hand).rows
    assert row.verdict == "wrong"
    assert row.words == "close, but more than rounding: a number with few digits?"


# Words are about what was written.


def test_a_parameter_that_moves_is_not_said_to_stand_still():
    def by_hand(w, v, x, y_true):
        z = w * x
        h = math.tanh(z)
        y_pred = v * z
        d_L_d_ypred = 2 * (y_pred - y_true)
        d_ypred_d_h = v
        d_h_d_w = x * (1 - h**2)
        w = w - 0.1 * d_L_d_ypred * d_ypred_d_h * d_h_d_w
        return locals()

    said = words(mg.check(by_hand))
    assert said["d_ypred_d_h"] == ("wrong", "is not 0, but ypred does not depend on h")
    assert said["update w"][0] == "wrong"
    assert "never" not in said["update w"][1]


def test_words_where_a_slope_is_zero_at_some_points():
    def by_hand(w, b, x, y_true):
        z = w * x + b
        h = max(0, z)
        L = (h - y_true) ** 2
        d_L_d_h = 2 * (h - y_true)
        d_h_d_z = 1 if z > 0 else 0
        d_L_d_w = -d_L_d_h * d_h_d_z * x
        return locals()

    assert words(mg.check(by_hand))["d_L_d_w"] == ("wrong", "the sign is wrong")


def test_a_name_is_said_only_if_it_is_in_what_was_written_or_is_right():
    def by_hand(w, x, y_true):
        p = 1 / (1 + math.exp(-w * x))
        if y_true == 1:
            L = -math.log(p)
            d_L_d_p = -1 / p
        else:
            L = -math.log(1 - p)
            d_L_d_p = 3 / (1 - p) ** 2
        return locals()

    verdict, said = words(mg.check(by_hand))["d_L_d_p"]
    assert verdict == "wrong"
    assert "y_true" not in said


def test_a_factor_left_out_is_not_called_a_division():
    def by_hand(w, x, c, y_true):
        y_pred = math.log(w * x) * c / x
        L = (y_pred - y_true) ** 2
        d_ypred_d_w = c / w  # lacks / x
        return locals()

    verdict, said = words(mg.check(by_hand))["d_ypred_d_w"]
    assert verdict == "wrong"
    assert "does not belong" not in said


# The rate is what the code says, not what wins a vote.


class Twice:
    w, b = 0.5, 0.1

    def train(self, X, y):
        for x, y_true in zip(X, y):
            y_pred = self.w * x[0] + self.b
            d_L_d_ypred = 2 * (y_pred - y_true)
            self.w -= 0.1 * d_L_d_ypred * x[0]
            self.b -= 0.1 * 2 * d_L_d_ypred


class TwiceByAttribute(Twice):
    def __init__(self):
        self.lr = 0.1

    def train(self, X, y):
        for x, y_true in zip(X, y):
            y_pred = self.w * x[0] + self.b
            d_L_d_ypred = 2 * (y_pred - y_true)
            self.w -= self.lr * d_L_d_ypred * x[0]
            self.b -= self.lr * 2 * d_L_d_ypred


@pytest.mark.parametrize("kind", [Twice, TwiceByAttribute])
def test_the_rate_is_the_one_that_the_code_names(kind):
    said = words(mg.check_training(kind(), "train", [[1.0]], [1.0]))
    assert said["update w"][0] == "right"
    assert said["update b"] == ("wrong", "moves at 2 times the rate of the others")


# Stand-ins are types, and what is named otherwise is found.


class Typed:
    w = 0.5

    def train(self, X, y):
        lr = float("0.1")
        assert isinstance(lr, float)
        for x, y_true in zip(X, y):
            y_pred = self.w * x[0]
            assert isinstance(y_pred, (int, float))
            d_L_d_ypred = 2 * (y_pred - y_true)
            self.w -= lr * d_L_d_ypred * x[0]


def test_float_is_a_type_meanwhile():
    report = mg.check_training(Typed(), "train", [[1.0]], [1.0])
    assert report, report


def train_weights_first(W, X, y):
    for _ in range(1):
        L = (W * X[0] - y) ** 2  # noqa: F841
        d_L_d_W = 2 * (W * X[0] - y) * X[0]
        W = W - 0.1 * d_L_d_W
    return W


def test_arguments_are_taken_by_what_they_are():
    report = mg.check_training(train_weights_first, X=[[1.0]], y=[1.0])
    assert [row.name for row in report.rows] == ["d_L_d_W", "update W"]
    assert report, report


class OtherName:
    w1, w2 = 0.5, 0.3

    def feedForward(self, x):
        return self.w1 * x[0] + self.w2 * x[0]

    def train(self, X, ys):
        for x, y_true in zip(X, ys):
            y_pred = self.w1 * x[0] + self.w2 * x[1]
            d_L_d_ypred = -2 * (y_true - y_pred)
            self.w1 -= 0.1 * d_L_d_ypred * x[0]
            self.w2 -= 0.1 * d_L_d_ypred * x[1]


def test_the_predicting_method_is_found_however_it_is_spelled():
    report = mg.check_training(OtherName(), "train", [[1.0, 2.0]], [1.0])
    assert words(report)["forward"][0] == "wrong"


# The command line: no status 0 without a verdict.


@pytest.mark.parametrize("leaving", ["quit()", "exit()", "import sys; sys.exit(0)"])
def test_a_file_that_ends_itself_is_not_right(leaving, tmp_path, capsys):
    file = tmp_path / "net.py"
    file.write_text(f"def by_hand(w):\n    return locals()\n\n{leaving}\n")
    assert main(["check", f"{file}:by_hand"]) == 2
    said = capsys.readouterr().err
    assert "ended itself" in said
    assert said.count("\n") == 1


# Any stream can take a report.


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8", "gbk"])
def test_a_report_is_printed_to_any_stream(encoding, monkeypatch):
    x = mg.Value(3.0, "x")
    report = mg.compare(x * x * x, {"d_L_d_x": 3.0 * 3.0}, witness=True)
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    print(report)
    stream.flush()
    printed = stream.buffer.getvalue().decode(encoding)
    assert "d_L_d_x" in printed
    assert ("━" in printed) is (encoding == "utf-8")


# At one point several mistakes may fit.


def test_compare_says_all_mistakes_that_fit_at_its_point():
    w = [mg.Value(x, name) for x, name in ((0.5, "w1"), (0.25, "w2"))]
    x = [mg.Value(-2.0, "x1"), mg.Value(-1.0, "x2")]
    s = w[0] * x[0] + w[1] * x[1]
    s.label = "s"
    loss = s * 3.0
    [row] = mg.compare(loss, {"d_s_d_w2": -2.0}).rows
    assert row.verdict == "wrong"
    assert "a factor 2 too much" in row.words
    assert "uses x1 where x2 belongs" in row.words


@pytest.mark.slow
def test_compare_takes_time_in_proportion():
    def seconds(n):
        v = x = mg.Value(0.5, "x")
        for i in range(n):
            v = mg.sin(v) if i % 2 else v * 1.01
        report, spent = timed(lambda: mg.compare(v, {f"d_L_d_{x.label}": 1.0}))
        assert report.rows[0].verdict == "wrong"
        return spent

    assert seconds(16_000) < 20 * seconds(2_000)


# What is spelled as a derivative, or is a parameter, is not passed over in arrays either.


def two_weights(X, y, w1, w2):
    for _ in range(100):
        h = np.tanh(X @ w1)
        p = h @ w2
        loss = ((p - y) ** 2).sum()  # noqa: F841
        dp = 2 * (p - y)
        dw2 = h.T @ dp
        dw1 = X.T @ (dp @ w2.T * (1 - h**2))
        w1 = w1 - 0.1 * dw1
        w2 = w2 - 0.1 * dw2
    return w1, w2


RNG = np.random.default_rng(0)
SHAPES = (5, 3), (5, 2), (3, 4), (4, 2)


@pytest.mark.parametrize(
    ("old", "new", "row", "words"),
    [
        ("w2 = w2 - 0.1 * dw2", "pass", "update w2", "w2 is never updated"),
        ("w2 = w2 - 0.1 * dw2", "w2 = 0.1 * dw2", "update w2", "is assigned anew"),
        ("dw2 = h.T @ dp", "dw2 = 1 / 3", "dw2", "is the number 0.333333, whatever w2 is"),
    ],
)
def test_a_parameter_or_a_derivative_in_arrays_is_not_passed_over(old, new, row, words):
    source = inspect.getsource(two_weights)
    assert source.count(old) == 1
    spoiled = made("import numpy as np\n" + source.replace(old, new), "two_weights")
    example = [RNG.normal(size=shape) for shape in SHAPES]
    assert mg.check(two_weights, *example)
    said = {r.name: r.words for r in mg.check(spoiled, *example).rows if r.verdict == "wrong"}
    assert words in said[row]


# The mistakes that people make, by name: the code, what is wrong, and in which words.

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, V, b = rng.normal(size=(3, 2)), rng.normal(size=(2, 2)), np.zeros(2)
NET = """
def derive(X, Y, W, V):
    Z = X @ W
    H = np.tanh(Z)
    L = ((H @ V - Y) ** 2).sum()
    dP = 2 * (H @ V - Y)
    dV = H.T @ dP
    {}
    return L, dW, dV
"""
LAYER = """
def derive(X, Y, W, b):
    for _ in range(9):
        P = X @ W + b
        L = ((P - Y) ** 2).sum() + 0.1 * (W ** 2).sum()
        dP = 2 * (P - Y)
        dW, db = X.T @ dP + 0.2 * W, dP.sum(axis=0)
        W -= 0.1 * dW
        b -= 0.1 * db
"""
SLOPE = "the slope of the activation is left out: "
BY_NAME = [
    ("dH = dP @ V\n    dW = X.T @ (dH * (1 - H ** 2))", "dH", "uses V where V.T belongs"),
    ("dH = dP @ V.T\n    dW = X.T @ dH", "dW", SLOPE + "dH times (1 - H ** 2)"),
    ("dZ = dP @ V.T * (1 - Z * Z)\n    dW = X.T @ dZ", "dZ", "uses Z where H belongs"),
    ("dZ = dP @ V.T * (1 - H ** 2)\n    dW = dZ.T @ X", "dW", "is transposed"),
]
UPDATES = [
    ("b -= 0.1 * db", "b -= 0.1 * dW[0]", "update b", "uses dW[0] where db belongs"),
    ("+ 0.2 * W,", "+ 0.1 * W,", "dW", "a factor 2 is missing in 0.1 * W"),
    ("dP.sum(axis=0)", "dP.mean(axis=0)", "db", "averages where it should sum: divided by 6"),
    ("b -= 0.1 * db", "pass", "update b", "b is never updated"),
]


def derive(source):
    return executed(source, {"np": np})["derive"]


@pytest.mark.parametrize(("lines", "row", "said"), BY_NAME)
def test_a_mistake_of_a_net_is_known_by_name(lines, row, said):
    found = words(mg.check(derive(NET.format(lines)), X, Y, W, V))
    assert found[row] == ("wrong", said)


def test_brackets_that_are_missing_are_seen_in_the_text():
    source = """
def derive(X, Y, W, b):
    h = 1 / 1 + np.exp(-(X @ W + b))
    L = ((h - Y) ** 2).sum()
    dZ = 2 * (h - Y) * h * (1 - h)
    dW, db = X.T @ dZ, dZ.sum(axis=0)
"""
    found = words(mg.check(derive(source), X, Y, W, b))
    assert found["dZ"][1].startswith("brackets are missing in line 3: 1 / 1 + np.exp(")


@pytest.mark.parametrize(("old", "new", "row", "said"), UPDATES)
def test_a_mistake_of_a_layer_is_known_by_name(old, new, row, said):
    report = mg.check(derive(LAYER.replace(old, new)), X, Y, W, b)
    verdict, told = words(report)[row]
    assert verdict == "wrong"
    assert told.startswith(said)


# A wrong helper is blamed itself.


@pytest.mark.parametrize(
    ("new", "checked"),
    few(
        [("return fx", check), ("return fx * (1 + fx)", check_training), ("return 2 * fx", check)],
        1,
    ),
)
@pytest.mark.usefixtures("without_examples")
def test_a_wrong_helper_is_blamed_and_the_rest_follows(new, checked):
    source = TUTORIAL.trainer() if checked is check_training else TUTORIAL.function()
    report = checked(spoil(source, "return fx * (1 - fx)", new))
    assert blamed(report) == ["deriv_sigmoid"], report
    row = report.rows[0]
    assert (row.mistake, row.line) == ("is not the derivative of sigmoid", 8)
    assert {r.follows for r in report.rows if r.verdict == "follows"} == {("deriv_sigmoid",)}


@pytest.mark.usefixtures("without_examples")
def test_a_mistake_beside_a_wrong_helper_is_blamed_too():
    source = spoil(TUTORIAL.function(), "return fx * (1 - fx)", "return fx * (1 + fx)")
    report = check(spoil(source, "d_L_d_ypred = -2", "d_L_d_ypred = 2"))
    assert blamed(report) == ["d_L_d_ypred", "deriv_sigmoid"], report


def test_a_wrong_helper_of_arrays_is_blamed():
    source = """
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
def sigmoid_prime(z):
    return sigmoid(z) * (1 + sigmoid(z))
def step(X, y, W):
    Z = X @ W
    L = ((sigmoid(Z) - y) ** 2).sum()
    dZ = 2 * (sigmoid(Z) - y) * sigmoid_prime(Z)
    dW = X.T @ dZ
    return dW
"""
    report = mg.check(made(source, "step"), *(RNG.normal(size=s) for s in ((5, 3), (5, 2), (3, 2))))
    assert blamed(report) == ["sigmoid_prime"], report


# A step without the name of a derivative is blamed where several rows hang on it.


@pytest.mark.usefixtures("without_examples")
def test_a_step_without_a_name_is_blamed_and_the_rest_follows():
    def by_hand(w, b, v, c, x, y_true):
        h = 1 / (1 + math.exp(-(w * x + b)))
        y_pred = 1 / (1 + math.exp(-(v * h + c)))
        L = (y_true - y_pred) ** 2
        delta = -2 * (y_true - y_pred) * y_pred
        d_L_d_v = delta * h
        d_L_d_c = delta
        delta_h = delta * v * h * (1 - h)
        d_L_d_w = delta_h * x
        d_L_d_b = delta_h
        return locals()

    said = words(mg.check(by_hand))
    assert said.pop("delta") == ("wrong", "uses y_pred where the derivative of y_pred belongs")
    assert set(said.values()) == {("follows", "follows from delta")}


# Of a training pass that differs, the predicting one stands in for all local names.


@pytest.mark.usefixtures("without_examples")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.w5 * h1 + self.w6", "self.w5 * sum_h2 + self.w6"),
        ("self.w6 * h2 + self.b3", "self.b3"),
        ("self.w5 * h1 + self.w6 * h2", "self.w5 * h2 + self.w6 * h2"),
    ],
)
def test_where_a_node_drops_out_of_training_no_innocent_is_blamed(old, new):
    predicting, training = TUTORIAL.trainer().split("    def train")
    report = check_training(predicting + "    def train" + spoil(training, old, new))
    assert blamed(report) == ["forward"], report


def test_the_numbers_are_of_a_point_where_the_mistake_shows():
    """M2 of the reproducers: "written -2.94, right -2.94", of the branch that was right."""

    def by_hand(w, x, y_true):
        p = 1 / (1 + math.exp(-w * x))
        if y_true == 1:
            L = -math.log(p)
            d_L_d_p = -1 / p
        else:
            L = -math.log(1 - p)
            d_L_d_p = 3 / (1 - p)
        return locals()

    [row] = mg.check(by_hand).rows
    assert row.verdict == "wrong"
    assert abs(row.written - 3 * row.right) < 1e-9


def test_the_numbers_are_those_that_the_code_was_run_on():
    """M1 and N2 of the reproducers: "z = 1.27592", which is computed, and was 0.995376."""

    def by_hand(w, b, x, y_true):
        z = w * x + b
        h = np.where(z > 0, z, 0)
        L = (h - y_true) ** 2
        d_L_d_h = 2 * (h - y_true)
        d_h_d_z = 1 if z > 0 else 0
        d_L_d_w = -d_L_d_h * d_h_d_z * x
        return locals()

    def of_numbers(y_true):
        w, x = 0.5, 2.0
        d_L_d_w = 2 * (w * x - y_true) * w
        d_L_d_x = 2 * (w * x - y_true) * w
        L = (w * x - y_true) ** 2
        return locals()

    report = mg.check(by_hand)
    assert set(report.point) == set(report.rows[0].example) == {"w", "b", "x", "y_true"}, report
    assert set(mg.check(of_numbers).point) == {"w", "x", "y_true"}
