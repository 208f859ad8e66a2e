"""mg.check_training: training loops as people write them."""

import numpy as np
import pytest

import microgradnet as mg
from tests.checking.handmade import TUTORIAL, Lists, blamed, check_training, data, made, spoil

pytestmark = pytest.mark.usefixtures("without_examples")


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


def test_a_step_in_a_method_of_its_own():
    net = Lists()
    report = mg.check_training(net, "train", *data(2))
    assert net.w == [0.1, 0.2]
    assert blamed(report) == ["d_ypred_d_w1"], report
    assert [row.name for row in report.rows if row.verdict == "follows"] == ["update w[1]"]


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


def test_an_array_has_one_row():
    net = Arrays()
    report = mg.check_training(net, "train", *data(2))
    assert report, report
    assert net.W1.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    rows = {row.name: row for row in report.rows}
    assert {"d_L_d_W1", "d_L_d_W2", "update W1", "update b2", "forward"} <= {*rows}
    assert (rows["d_L_d_W1"].shape, rows["d_L_d_W1"].of.endswith("dL/dself.W1")) == ((2, 2), True)


def test_a_predicting_pass_of_arrays_that_differs_is_blamed():
    class Net(Arrays):
        def predict(self, x):
            return self.W2 @ np.tanh(self.W1.T @ x + self.b1) + self.b2

    report = mg.check_training(Net(), "train", *data(2))
    assert blamed(report) == ["forward"]


def test_a_mistake_in_an_array_and_updates_that_are_missing():
    class Net(Arrays):
        def train(self, X, y):
            for x, y_true in zip(X, y):
                h = np.tanh(self.W1 @ x + self.b1)
                y_pred = self.W2 @ h + self.b2
                d_L_d_ypred = 2 * (y_pred - y_true)
                d_L_d_W2 = d_L_d_ypred * self.W2
                self.W2 -= 0.1 * d_L_d_W2

    report = mg.check_training(Net(), "train", *data(2))
    said = {row.name: row.words for row in report.rows if row.verdict == "wrong"}
    assert said == {
        "d_L_d_W2": "uses self.W2 where h belongs",
        **{f"update {name}": f"{name} is never updated" for name in ("W1", "b1", "b2")},
    }


def test_a_label_taken_as_a_whole_number_is_not_called_wrong():
    class Net:
        w = 0.5

        def train(self, X, y):
            for x, label in zip(X, y):
                y_true = int(label)
                y_pred = self.w * x[0]
                d_L_d_ypred = -2 * (y_true - y_pred)
                self.w -= 0.1 * d_L_d_ypred * x[0]

    assert mg.check_training(Net(), "train", [[1.0], [2.0]], [1, 0])
