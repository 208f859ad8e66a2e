"""Traits of code that people have published, each in a few lines of our own."""

import inspect
import textwrap

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.checking.array_checks import check_script
from tests.checking.handmade import spoil
from tests.marks import few
from tests.sources import executed

rng = np.random.default_rng(0)
X, W, W2 = rng.normal(size=(6, 4)), rng.normal(size=(4, 3)), rng.normal(size=(3, 2))
T = rng.normal(size=(6, 3))
labels = np.array([0, 1, 2, 2, 1, 0])


def blamed(report):
    """What is wrong and its words; nothing may follow from itself."""
    assert all(row.name not in row.follows for row in report.rows), report
    return {row.name: row.words for row in report.rows if row.verdict == "wrong"}


def set_first(W, X, T):
    """A gradient that is set to zeros, and assigned anew below."""
    loss = 0.0
    dW = np.zeros_like(W)
    n = X.shape[0]
    out = X.dot(W)
    loss = ((out - T) ** 2).sum() / n
    dW = X.T.dot(2 * (out - T)) / n
    return loss, dW


def set_first_and_wrong(W, X, T):
    dW = np.zeros_like(W)
    out = X.dot(W)
    loss = ((out - T) ** 2).sum()
    dW = X[::-1].T.dot(out - T)
    return loss, dW


def test_what_a_name_holds_last_is_judged():
    assert mg.check(set_first, W, X, T)
    report = mg.check(set_first_and_wrong, W, X, T)
    assert not report
    assert report.rows[0].written != 0.0


def name_for_two(W1, W2, X, y):
    """`dW1` is first the gradient by the hidden layer, then the one by W1."""
    a = X @ W1
    h = np.maximum(0, a)
    s = h @ W2
    loss = 0.5 * ((s - y) ** 2).sum()
    d = s - y
    dW2 = h.T @ d
    dW1 = d @ W2.T
    da = dW1 * (a > 0)
    dW1 = X.T @ da
    return loss, {"W1": dW1, "W2": dW2}


def name_for_two_and_wrong(W1, W2, X, y):
    a = X @ W1
    h = np.maximum(0, a)
    s = h @ W2
    loss = 0.5 * ((s - y) ** 2).sum()
    d = s - y
    dW2 = h.T @ d
    dW1 = d @ W2.T
    da = dW1 * (h > 1)
    dW1 = X.T @ da
    return loss, {"W1": dW1, "W2": dW2}


def test_a_name_for_two_gradients():
    given = W, W2, X, rng.normal(size=(6, 2))
    assert mg.check(name_for_two, *given)
    assert list(blamed(mg.check(name_for_two_and_wrong, *given))) == ["da"]


def step_forward(x, h, Wx, Wh):
    out = np.tanh(x @ Wx + h @ Wh)
    return out, (x, h, Wx, Wh, out)


def step_backward(dout, cache):
    x, h, Wx, Wh, out = cache
    da = (1 - out**2) * dout
    dx = da @ Wx.T
    dh = da @ Wh.T
    dWx = x.T @ da
    dWh = h.T @ da
    return dx, dh, dWx, dWh


def steps_forward(x, h0, Wx, Wh):
    h, cache = np.zeros((*x.shape[:2], h0.shape[1])), []
    before = h0
    for t in range(x.shape[1]):
        before, c = step_forward(x[:, t], before, Wx, Wh)
        h[:, t, :] = before
        cache.append(c)
    return h, cache


def steps_backward(dh, cache):
    """Parts by a step are called as their sums are: dx, dWx, dWh."""
    x = cache[0][0]
    dx = np.zeros((x.shape[0], len(cache), x.shape[1]))
    dWx, dWh, carried = 0, 0, np.zeros_like(dh[:, 0])
    for t in reversed(range(len(cache))):
        dxt, carried, dWxt, dWht = step_backward(dh[:, t] + carried, cache[t])
        dx[:, t, :] += dxt
        dWx += dWxt
        dWh += dWht
    dh0 = carried
    return dx, dh0, dWx, dWh


def steps_backward_and_wrong(dh, cache):
    x = cache[0][0]
    dx = np.zeros((x.shape[0], len(cache), x.shape[1]))
    dWx, dWh, carried = 0, 0, np.zeros_like(dh[:, 0])
    for t in reversed(range(len(cache))):
        dxt, carried, dWxt, dWht = step_backward(dh[:, t] + carried, cache[t])
        dx[:, t, :] += dxt
        dWx += dWxt
        dWh = dWht
    dh0 = carried
    return dx, dh0, dWx, dWh


STEPS = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5)), rng.normal(size=(4, 5))
RECURRENT = (*STEPS, rng.normal(size=(5, 5)))


def test_parts_by_a_step_are_called_as_their_sums():
    report = mg.check_backward(steps_forward, steps_backward, *RECURRENT)
    assert report, report
    assert {"dx", "dh0", "dWx", "dWh"} <= {row.name for row in report.rows}
    report = mg.check_backward(steps_forward, steps_backward_and_wrong, *RECURRENT)
    assert list(blamed(report)) == ["dWh"]


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, x):
    dx = dout * (x > 0)
    return dx


def test_rows_are_what_the_author_named():
    report = mg.check_backward(relu_forward, relu_backward, X)
    assert [row.name for row in report.rows] == ["dx"]


def turned_forward(x, w):
    out, cache = scaled_forward(x.T, w.reshape(-1, 1))
    return out.T, cache


def scaled_forward(x, w):
    return x * w, (x, w)


def scaled_backward(dout, cache):
    x, w = cache
    dx = dout * w
    dw = (dout * x).sum(axis=1)
    return dx, dw


def turned_backward(dout, cache):
    dx, dw = scaled_backward(dout.T, cache)
    dx = dx.T
    return dx, dw


def test_a_gradient_is_turned_where_the_data_were():
    assert mg.check_backward(turned_forward, turned_backward, X, W[:, 0])


def with_a_setting(W, X, T, scale=1.0, reg=0.0):
    out = X @ W
    loss = scale * ((out - T) ** 2).sum() + reg * (W * W).sum()
    dW = scale * 2 * X.T @ (out - T) + 2 * reg * W
    return loss, dW


def test_arguments_are_given_by_name_too():
    assert mg.check(with_a_setting, W, X=X, T=T, reg=0.1)
    with pytest.raises(TypeError, match=r"does not fit with_a_setting: .*'T'"):
        mg.check(with_a_setting, W, X, reg=0.1)
    with pytest.raises(TypeError, match=r"does not fit with_a_setting: .*'regg'"):
        mg.check(with_a_setting, W, X, T, regg=0.1)


class Dense:
    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, d):
        self.dW = self.x.T @ d
        dx = d @ self.W.T
        return dx


class Layered:
    """The arrays of `weights` are those of the layers; the data go through them in a loop."""

    def __init__(self):
        self.weights = {"W1": 0.1 * W, "W2": 0.1 * W2}
        self.layers = [Dense(self.weights["W1"]), Dense(self.weights["W2"])]

    def cost(self, X, y):
        for layer in self.layers:
            X = layer.forward(X)
        p = 1 / (1 + np.exp(-X))
        return p, -np.mean(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9))

    def gradients(self, X, y, wrong=False):
        p, _ = self.cost(X, y)
        d = (p - y) / y.size
        for layer in reversed(self.layers):
            d = layer.backward(d)
        first, second = self.layers
        return {"W1": first.dW * (1 + wrong * first.W), "W2": second.dW}


ones = (rng.random((6, 2)) > 0.5) * 1.0


def test_arrays_in_two_places_and_a_guard_in_the_logarithm():
    report = mg.check(Layered().gradients, X, ones)
    assert report, report
    assert "added in a logarithm" in report.note
    assert "convention" not in report.note
    assert list(blamed(mg.check(Layered().gradients, X, ones, True))) == ["W1"]


def slope_of(x):
    s = 1 / (1 + np.exp(-x))
    return s * (1 - s)


def squares_in_a_function(w, x, t):
    """The slope is one number, returned, and no loss; the loss is not computed."""
    z = w @ x
    pred = 1 / (1 + np.exp(-z))
    d_pred = -2 * (t - pred)
    d_z = d_pred * slope_of(z)
    dw = d_z * x
    return dw


def test_a_step_of_the_way_is_no_loss():
    report = mg.check(squares_in_a_function, W[:, 0], X[0], np.array(1.0))
    assert report, report
    assert "which the code does not compute" in report.note


def handed_on(W, X, T):
    grads = derived(W, X, T)
    dW, db = grads["dW"], grads["db"]
    return W - 0.1 * dW, db


def derived(W, X, T):
    out = X @ W
    loss = ((out - T) ** 2).sum()
    d = 2 * (out - T)
    dW = X.T @ d + W
    db = d.sum(axis=0)
    return {"dW": dW, "db": db, "loss": loss}


def test_an_array_that_is_handed_on_is_one_row():
    report = mg.check(handed_on, W, X, T)
    assert list(blamed(report)) == ["dW"]
    assert report.rows[0].line == derived.__code__.co_firstlineno + 4


def log_likelihood(y, p):
    return np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))


def climbs(w, X, y, rate=0.1, epochs=2):
    """What is to be large is climbed."""
    for _ in range(epochs):
        p = 1 / (1 + np.exp(-X @ w))
        ll = log_likelihood(y, p)
        w += rate * X.T @ (y - p)
    return w, ll


def falls(w, X, y, rate=0.1, epochs=2):
    for _ in range(epochs):
        p = 1 / (1 + np.exp(-X @ w))
        ll = log_likelihood(y, p)
        w -= rate * X.T @ (y - p)
    return w, ll


def test_a_likelihood_is_climbed():
    given = W[:, 0], X, ones[:, 0]
    assert mg.check(climbs, *given)
    report = mg.check(falls, *given)
    assert blamed(report) == {"update w": "moves up the gradient, not down"}


def decays(w, X, y, rate=0.1, epochs=2):
    """The cost is computed after the update, and has no penalty; the update has one."""
    for _ in range(epochs):
        error = X @ w - y
        w = w - rate * (X.T @ error + 0.5 * w)
        cost = error @ error / 2
    return w, cost


def decays_and_is_wrong(w, X, y, rate=0.1, epochs=2):
    for _ in range(epochs):
        error = X @ w - y
        w = w - rate * (X.T @ abs(error) + 0.5 * w)
        cost = error @ error / 2
    return w, cost


def test_weight_decay_is_an_update_rule():
    report = mg.check(decays, W[:, 0], X, T[:, 0])
    assert report, report
    assert "Weight decay pulls w to 0" in report.note
    assert not mg.check(decays_and_is_wrong, W[:, 0], X, T[:, 0])


def on_a_ring(w, theta, y, rate=0.1, epochs=2):
    """`theta` is where the data are made of, and no parameter."""
    X = np.stack([np.cos(theta), np.sin(theta), theta], axis=1)
    for _ in range(epochs):
        error = X @ w - y
        loss = (error**2).sum()
        w -= rate * 2 * X.T @ error
    return w, loss


def test_what_data_are_made_of_is_no_parameter():
    assert mg.check(on_a_ring, W[:3, 0], X[:, 0], T[:, 0])


def test_a_layer_is_an_object_that_keeps_what_it_needs():
    layer = Dense(W)
    report = mg.check_backward(layer.forward, layer.backward, X)
    assert report, report
    assert {row.name for row in report.rows} == {"self.dW", "dx"}
    layer = Turned(W)
    assert list(blamed(mg.check_backward(layer.forward, layer.backward, X))) == ["self.dW"]


class Turned(Dense):
    def backward(self, d):
        self.dW = self.x.T @ (d * d)
        return d @ self.W.T


class Penalised:
    """What a layer has as its gradient is only a part of that which the net returns."""

    def __init__(self):
        self.params = {"W1": 0.1 * W, "W2": 0.1 * W2}
        self.layers = {"1": Dense(self.params["W1"]), "2": Dense(self.params["W2"])}

    def gradient(self, X, y):
        for layer in self.layers.values():
            X = layer.forward(X)
        squares = sum((w**2).sum() for w in self.params.values())
        loss = ((X - y) ** 2).sum() + 0.5 * squares
        d = 2 * (X - y)
        for layer in reversed(list(self.layers.values())):
            d = layer.backward(d)
        grads = {}
        for i in ("1", "2"):
            grads["W" + i] = self.layers[i].dW + self.params["W" + i]
        return loss, grads


def test_what_a_layer_has_may_be_a_part():
    report = mg.check(Penalised().gradient, X, ones)
    assert report, report
    assert {"grads['W1']", "grads['W2']"} <= {row.name for row in report.rows}


class Net:
    """It can be called, appends a column of ones, has lists of layers; its loss is `.item()`."""

    def __init__(self):
        self.weights = [0.1 * rng.normal(size=(5, 3)).astype("float32"), 0.1 * W2]

    def __call__(self, X):
        self.X = np.concatenate((X, np.ones((X.shape[0], 1))), axis=1)
        self.hidden = np.tanh(self.X @ self.weights[0])
        return self.hidden @ self.weights[1]

    def gradients(self, X, y):
        out = self(X)
        loss = np.mean((out - y) ** 2).item()
        out_grad = 2 * (out - y) / y.size
        second = self.hidden.T @ out_grad
        hidden_grad = out_grad @ self.weights[1].T * (1 - self.hidden**2)
        first = self.X.T @ hidden_grad
        X_grad = hidden_grad @ self.weights[0].T
        return loss, [first, second], X_grad[:, :-1]


def test_an_object_that_can_be_called():
    report = mg.check(Net().gradients, X, ones)
    assert report, report
    assert {"out_grad", "second", "first", "X_grad"} <= {row.name for row in report.rows}


def with_a_penalty(X, Y, W, lam):
    """dL_dW is of the cost without the penalty, dJ_dW of that with it."""
    P = np.exp(W @ X) / np.exp(W @ X).sum(axis=0)
    cost = -(Y * np.log(P)).sum()
    J = cost + lam * (W**2).sum()
    dL_dW = (P - Y) @ X.T
    dJ_dW = dL_dW + 2 * lam * W
    return dJ_dW, J


def penalty_only_in_the_gradient(X, Y, W, lam):
    P = np.exp(W @ X) / np.exp(W @ X).sum(axis=0)
    dL_dW = (P - Y) @ X.T
    dJ_dW = dL_dW + 2 * lam * W
    return dJ_dW


@pytest.mark.parametrize("derive", [with_a_penalty, penalty_only_in_the_gradient])
def test_a_derivative_of_the_loss_without_its_penalty(derive):
    report = mg.check(derive, X.T, np.eye(3)[labels].T, W.T, 0.1)
    assert report, report


class Summed(Dense):
    """Its gradient is summed up from 0, in an object of its own."""

    def __init__(self, W):
        self.W, self.grad_W = W, np.zeros_like(W)

    def backward(self, d):
        self.grad_W += self.x.T @ d
        return d @ self.W.T


def test_a_gradient_that_is_summed_up_from_zeros():
    layer = Summed(W)
    report = mg.check_backward(layer.forward, layer.backward, X)
    assert report, report
    assert "self.grad_W" in {row.name for row in report.rows}


SCRIPT = """
import numpy as np
rng = np.random.default_rng(0)
x, t = rng.random((3, 4)), (rng.random((2, 4)) > 0.5) * 1.0
W = rng.normal(size=(2, 3))

def forward():
    out = np.zeros((2, 4))
    for t in range(4):
        out[:, t] = 1 / (1 + np.exp(-W @ x[:, t]))
    return out

for epoch in range(100):
    out = forward()
    W -= 0.1 * (out - t) @ x.T
"""


def test_a_script_whose_target_and_time_have_one_name(tmp_path):
    """No loss is computed: the target is where the code first takes it with what is predicted."""
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    report = mg.check(str(file))
    assert report, report
    assert "update W" in {row.name for row in report.rows}
    file.write_text(SCRIPT.replace("W -= 0.1 * (out - t)", "W -= 0.1 * (out - t) ** 2"))
    with pytest.raises(ValueError, match="no loss is computed"):
        mg.check(str(file))


outside = np.ones((4, 3))


def changes_what_is_outside(X, T):
    error = X @ outside - T
    loss = (error**2).sum()
    outside[...] -= 0.1 * X.T @ error
    return loss


def test_what_is_outside_is_to_be_handed_over():
    with pytest.raises(TypeError, match="hand over as an argument"):
        mg.check(changes_what_is_outside, X, T)


class ManyToOne:
    """The last state is returned, and so has two names; what is carried back is wrong."""

    def __init__(self):
        self.U, self.V = 0.5 * rng.normal(size=(4, 3)), 0.5 * rng.normal(size=(4, 4))
        self.out = 0.5 * rng.normal(size=(2, 4))

    def forward(self, xs):
        h = np.zeros((4, 1))
        self.xs, self.states = xs, {0: h}
        for i, x in enumerate(xs):
            h = np.tanh(self.U @ x + self.V @ h)
            self.states[i + 1] = h
        return self.out @ h, h

    def step(self, xs, y, rate=0.1):
        p, h = self.forward(xs)
        loss = 0.5 * ((p - y) ** 2).sum()
        d_y = p - y
        d_out = d_y @ h.T
        d_U, d_V = np.zeros(self.U.shape), np.zeros(self.V.shape)
        d_h = self.out.T @ d_y
        for i in reversed(range(len(xs))):
            s = (1 - self.states[i + 1] ** 2) * d_h
            d_V += s @ self.states[i].T
            d_U += s @ xs[i].T
            d_h = self.V @ s
        self.U -= rate * d_U
        self.V -= rate * d_V
        self.out -= rate * d_out
        return loss


def test_what_is_carried_back_in_time_is_blamed():
    xs = [rng.normal(size=(3, 1)) for _ in range(3)]
    report = mg.check(ManyToOne().step, xs, rng.normal(size=(2, 1)))
    assert blamed(report) == {"d_h": "uses self.V where self.V.T belongs"}


class Kept:
    """A net that keeps what its forward pass computes, as most classes do."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.W1, self.W2 = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))

    def forward(self, X):
        self.Z1 = X @ self.W1
        self.A1 = np.tanh(self.Z1)
        return self.A1 @ self.W2

    def fit(self, X, y, rate=0.1):
        for _ in range(100):
            out = self.forward(X)
            loss = np.mean((out - y) ** 2)
            dout = 2 * (out - y) / out.size
            dW2 = self.A1.T @ dout
            dZ1 = (dout @ self.W2.T) * (1 - self.A1**2)
            dW1 = X.T @ dZ1
            self.W1 -= rate * dW1
            self.W2 -= rate * dW2
        return loss


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("(1 - self.A1**2)", "(1 - self.Z1**2)", "uses self.Z1 where self.A1 belongs"),
        ("dW2 = self.A1.T @", "dW2 = self.Z1.T @", "uses self.Z1 where self.A1 belongs"),
        ("(dout @ self.W2.T) * (1 - self.A1**2)", "dout @ self.W2.T", "times (1 - self.A1 ** 2)"),
    ],
)
def test_what_an_object_keeps_is_named_as_names_are(right, wrong, words):
    source = textwrap.dedent(inspect.getsource(Kept))
    net = executed(spoil(source, right, wrong), {"np": np, "__name__": "made"})["Kept"]()
    report = mg.check_training(net, "fit", np.ones((5, 3)), np.ones((5, 2)))
    assert words in report.rows[0].words, report


ONE_NEURON = """
import math, random
w1, w2, b = random.random(), random.random(), random.random()
data = [[3, 1.5, 1], [2, 1, 0], [4, 1.5, 1], [3, 1, 0]]
def sigmoid(x):
    return 1 / (1 + math.exp(-x))
def sigmoid_p(x):
    return sigmoid(x) * (1 - sigmoid(x))
for i in range(1000):
    point = data[random.randint(0, len(data) - 1)]
    z = point[0] * w1 + point[1] * w2 + b
    pred = sigmoid(z)
    cost = (pred - point[2]) ** 2
    dcost_pred = 2 * (pred - point[2])
    dpred_dz = sigmoid_p(z)
    dcost_dz = dcost_pred * dpred_dz
    w1 -= 0.2 * dcost_dz * point[0]
    w2 -= 0.2 * dcost_dz * point[1]
    b -= 0.2 * dcost_dz
"""


def test_a_local_derivative_that_a_helper_returns_has_a_row_and_runs_are_alike(tmp_path):
    """The row was left out, and those that follow from it blamed, on other samples each time."""
    file = tmp_path / "neuron.py"
    file.write_text(ONE_NEURON)
    right = mg.check(str(file))
    assert right
    assert "dpred_dz" in [row.name for row in right.rows]
    file.write_text(spoil(ONE_NEURON, "sigmoid_p(z)", "sigmoid_p(pred)"))
    report = mg.check(str(file))
    assert blamed(report) == {"dpred_dz": "uses pred where z belongs"}, report
    assert str(mg.check(str(file))) == str(report)


def logistic(X, y, w, b):
    n_samples, n_features = X.shape
    p = 1 / (1 + np.exp(-(X @ w + b)))
    dw = (1 / n_samples) * (X.T @ (p - y))
    db = (1 / n_features) * np.sum(p - y)
    w = w - 0.1 * dw
    b = b - 0.1 * db
    return w, b


def test_of_two_constants_the_mean_over_the_samples_is_the_right_one():
    y = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0])
    report = mg.check(logistic, np.ones((6, 2)), y, np.ones(2), 0.5)
    assert list(blamed(report)) == ["db"], report


def guarded(X, Y, W1, b1, W2, b2):
    Z1 = W1 @ X + b1
    A1 = np.maximum(0, Z1)
    Z2 = W2 @ A1 + b2
    e = np.exp(Z2 - np.max(Z2, axis=0, keepdims=True))
    A2 = e / e.sum(axis=0, keepdims=True)
    cost = -np.sum(Y * np.log(A2 + 1e-8)) / Y.shape[1]
    dZ2 = (A2 - Y) / Y.shape[1]
    dW2 = dZ2 @ A1.T
    db2 = np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = (W2.T @ dZ2) * (Z1 > 0)
    dW1 = dZ1 @ X.T
    db1 = np.mean(dZ1, axis=1, keepdims=True)
    for p, d in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2)):
        p -= 0.1 * d
    return cost


@pytest.mark.slow
def test_what_a_guard_of_a_logarithm_changes_blames_no_update():
    """1e-8 is more than rounding: the updates were wrong beside the derivative they follow from."""
    Y = np.eye(3)[[0, 1, 2, 0, 1, 2, 1]].T
    shapes = (5, 4), (5, 1), (3, 5), (3, 1)
    weights = [np.linspace(0.01, 0.02, n * m).reshape(n, m) for n, m in shapes]
    report = mg.check(guarded, np.ones((4, 7)), Y, *weights)
    assert list(blamed(report)) == ["db1"], report


DEEP = """
import numpy as np
def start(sizes):
    params = {}
    for l in range(1, len(sizes)):
        params["W" + str(l)] = np.random.randn(sizes[l], sizes[l - 1]) * 0.1
        params["b" + str(l)] = np.zeros((sizes[l], 1))
    return params
def forward(X, params):
    cache = {"A0": X}
    for l in (1, 2, 3):
        Z = params["W" + str(l)] @ cache["A" + str(l - 1)] + params["b" + str(l)]
        cache["A" + str(l)] = np.maximum(0, Z) if l < 3 else Z
    return Z, cache
def backward(out, Y, params, cache):
    grads, dA = {}, 2 * (out - Y) / Y.size
    for l in (3, 2, 1):
        dZ = dA * (cache["A" + str(l)] > 0) if l < 3 else dA
        grads["dW" + str(l)] = dZ @ cache["A" + str(l - 1)].T
        grads["db" + str(l)] = dZ.sum(axis=1, keepdims=True)
        dA = params["W" + str(l)].T @ dZ
    return grads
def update(params, grads):
    for l in (1, 2, 3):
        params["W" + str(l)] -= 0.1 * grads["dW" + str(l)]
        params["b" + str(l)] -= 0.1 * grads["db" + str(l)]
X, Y, params = np.random.randn(4, 9), np.random.randn(2, 9), start([4, 3, 3, 2])
for _ in range(100):
    out, cache = forward(X, params)
    loss = np.mean((out - Y) ** 2)
    update(params, backward(out, Y, params, cache))
"""


def test_biases_that_start_at_zero_are_drawn_whatever_they_are_kept_in(tmp_path):
    """At 0 a relu has a kink, and a column that is dead in one layer is exactly there in the next.

    The loop that moves the parameters was taken for a whole step after its first round, too.
    """
    file = tmp_path / "deep.py"
    file.write_text(DEEP)
    report = mg.check(str(file))
    assert report, report
    moved = [row for row in report.rows if row.name.startswith("update")]
    assert len(moved) == 6
    assert all(row.right for row in moved)


@pytest.mark.slow
def test_of_the_rounds_of_a_loop_those_that_came_out_right_are_not_blamed(tmp_path):
    file = tmp_path / "deep.py"
    last = 'grads["db" + str(l)] = dZ.sum(axis=1, keepdims=True)'
    file.write_text(spoil(DEEP, last, f"{last} * (1 + (l == 2))"))
    report = mg.check(str(file))
    assert blamed(report) == {"grads['db2']": "a factor 2 too much"}


LONG = """
import numpy as np
X, T = np.random.randn(30, 20), np.random.randn(30, 3)
W1, W2 = np.random.randn(20, 25), np.random.randn(25, 3)
for step in range(1000):
    H = np.tanh(X @ W1)
    out = H @ W2
    loss = ((out - T) ** 2).sum() / 30
    dout = 2 * (out - T) / 30
    dW2 = H.T @ dout
    dW1 = X.T @ (dout @ W2.T * (1 - H**2))
    W1 -= 0.1 * dW1
    W2 -= 0.1 * dW2
"""


@pytest.mark.parametrize("wrong", few([False, True], 1))
def test_what_is_long_in_a_script_is_cut_and_that_is_said(tmp_path, wrong):
    file = tmp_path / "long.py"
    file.write_text(spoil(LONG, "(1 - H**2)", "(1 - H)") if wrong else LONG)
    report = check_script(str(file))
    assert bool(report) is not wrong, report
    assert "5 for 20, 6 for 25, 7 for 30" in report.note


def test_a_number_that_is_that_of_the_data_is_not_cut(tmp_path):
    file = tmp_path / "data.py"
    rows = [[float(k % 5), float(k % 3)] for k in range(20)]
    file.write_text(
        "import numpy as np\n"
        f"X = np.array({rows})\n"
        "T, w = np.sin(X[:, 0]), np.random.randn(2)\n"
        "for step in range(10):\n"
        "    e = X @ w - T\n"
        "    loss = np.mean(e**2)\n"
        "    dw = 2 * X.T @ e / 20\n"
        "    w -= 0.1 * dw\n"
    )
    report = check_script(str(file))
    assert report, report
    assert "smaller" not in report.note
