"""Forward and backward passes by hand, in the styles that people write them; all of them right."""

import numpy as np

rng = np.random.default_rng(0)


# Functions.


def affine(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)


def affine_back(dout, cache):
    x, w, _ = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    # wrong: db = dout.sum(axis=1)[:5] :: .*
    db = dout.sum(axis=0)
    return dx, dw, db


def scaled_fwd(x, scale):
    return x * scale, {"x": x, "scale": scale}


def scaled_bwd(res, g):
    # wrong: return g, (g * res["x"]).sum(axis=0) :: .*
    return g * res["scale"], (g * res["x"]).sum(axis=0)


def two_outputs(x, y):
    h = np.tanh(x * y)
    return h, h**2, (x, y, h)


def two_outputs_back(dh, dsquare, cache):
    x, y, h = cache
    # wrong: d = (dh + h * dsquare) * (1 - h**2) :: .*
    d = (dh + 2 * h * dsquare) * (1 - h**2)
    return d * y, d * x


def cross_entropy(scores, labels):
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(labels)), labels])), (p, labels)


def cross_entropy_back(dloss, cache):
    p, labels = cache
    d = p.copy()
    d[np.arange(len(labels)), labels] -= 1
    # wrong: return dloss * d, None :: .*
    return dloss * d / len(labels), None


def embedding(table, tokens):
    return table[tokens], (tokens, table.shape)


def embedding_back(dout, cache):
    tokens, shape = cache
    d = np.zeros(shape)
    # wrong: d[tokens] = dout :: equal indices
    np.add.at(d, tokens, dout)
    return d


def sigmoid(z):
    a = 1 / (1 + np.exp(-z))
    return a, z


def sigmoid_backward(dA, cache):
    z = cache
    s = 1 / (1 + np.exp(-z))
    # wrong: return s * (1 - s) :: dA
    return dA * s * (1 - s)


def dropout(x, keep):
    mask = (np.random.rand(*x.shape) < keep) / keep
    return x * mask, mask


def dropout_back(dout, mask):
    # wrong: return dout :: mask
    return dout * mask


def pooled(x, size):
    n, m = x.shape[0] // size, x.shape[1] // size
    out = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            out[i, j] = np.max(x[i * size : (i + 1) * size, j * size : (j + 1) * size])
    return out, (x, size)


def pooled_back(dout, cache):
    x, size = cache
    dx = np.zeros_like(x)
    for i in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            window = x[i * size : (i + 1) * size, j * size : (j + 1) * size]
            mask = window == np.max(window)
            dx[i * size : (i + 1) * size, j * size : (j + 1) * size] += mask * dout[i, j]
    return dx


def convolved(x, w, b, stride=1):
    n = (len(x) - len(w)) // stride + 1
    out = np.array([np.sum(x[k * stride : k * stride + len(w)] * w) + b for k in range(n)])
    return out, (x, w, b, stride)


def convolved_back(dout, cache):
    x, w, _, stride = cache
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), dout.sum()
    for k in range(len(dout)):
        dx[k * stride : k * stride + len(w)] += dout[k] * w
        dw += dout[k] * x[k * stride : k * stride + len(w)]
    return dx, dw, db


def masked_attention(q, k, v, mask, causal="yes", bias=None):
    scale = 1 / np.sqrt(q.shape[-1])
    s = np.where(mask, q @ k.T * scale, -1e9)
    w = np.exp(s - s.max(axis=-1, keepdims=True))
    w = w / w.sum(axis=-1, keepdims=True)
    return w @ v, (q, k, v, w, mask, scale)


def masked_attention_back(dout, cache):
    q, k, v, w, mask, scale = cache
    dv = w.T @ dout
    dw = dout @ v.T
    ds = w * (dw - (dw * w).sum(axis=-1, keepdims=True))
    ds = np.where(mask, ds, 0) * scale
    # wrong: return ds @ k, ds.T @ q, 2 * dv, None :: 2
    return ds @ k, ds.T @ q, dv, None


def lstm_step(x, h, c, Wx, Wh, b):
    n = h.shape[1]
    a = x @ Wx + h @ Wh + b
    i, f, o = (1 / (1 + np.exp(-a[:, k * n : (k + 1) * n])) for k in range(3))
    g = np.tanh(a[:, 3 * n :])
    next_c = f * c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, h, c, Wx, Wh, i, f, o, g, next_c)


def lstm_step_back(dnext_h, dnext_c, cache):
    x, h, c, Wx, Wh, i, f, o, g, next_c = cache
    t = np.tanh(next_c)
    dc_all = dnext_c + dnext_h * o * (1 - t**2)
    # wrong: do = dnext_h * o * (1 - o) :: t is left out
    do = dnext_h * t * o * (1 - o)
    di = dc_all * g * i * (1 - i)
    df = dc_all * c * f * (1 - f)
    dg = dc_all * i * (1 - g**2)
    da = np.hstack([di, df, do, dg])
    return da @ Wx.T, da @ Wh.T, dc_all * f, x.T @ da, h.T @ da, da.sum(axis=0)


def of_a_dict(x, params):
    return np.tanh(x @ params["W"] + params["b"]), (x, params)


def of_a_dict_back(dout, cache):
    x, params = cache
    d = dout * (1 - np.tanh(x @ params["W"] + params["b"]) ** 2)
    return {"x": d @ params["W"].T, "W": x.T @ d, "b": d.sum(axis=0)}


def normed(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
    xhat = (x - mean) / np.sqrt(var + eps)
    return gamma * xhat + beta, (xhat, var, gamma, eps)


def normed_back(dout, cache):
    xhat, var, gamma, eps = cache
    # wrong: d = dout :: gamma
    d = dout * gamma
    along = xhat * (d * xhat).mean(axis=-1, keepdims=True)
    dx = (d - d.mean(axis=-1, keepdims=True) - along) / np.sqrt(var + eps)
    return dx, (dout * xhat).sum(axis=0), dout.sum(axis=0)


def product(x, y):
    return x * y, (x, y)


def product_back(d, cache):
    x, y = cache
    # wrong: return d * x, d * y :: are swapped
    return d * y, d * x


def in_place(x):
    out = x
    out[out < 0] = 0
    return out, out > 0


def in_place_back(dout, mask):
    dout[~mask] = 0
    return dout


def heads(x, n):
    return x.reshape(len(x), n, -1).transpose(1, 0, 2), n


def heads_back(dout, n):
    return dout.transpose(1, 0, 2).reshape(dout.shape[1], -1)


def squared(pred, target):
    return np.sum((pred - target) ** 2) / len(pred), (pred, target)


def squared_back(cache):
    pred, target = cache
    return 2 * (pred - target) / len(pred)


IDS = np.array([2, 0, 3])
FUNCTIONS = {
    "affine": (
        affine,
        affine_back,
        rng.normal(size=(2, 3, 4)),
        rng.normal(size=(12, 5)),
        np.zeros(5),
    ),
    "residuals first": (scaled_fwd, scaled_bwd, rng.normal(size=(4, 3)), np.ones(3)),
    "two outputs": (
        two_outputs,
        two_outputs_back,
        rng.normal(size=(2, 3)),
        rng.normal(size=(2, 3)),
    ),
    "labels": (cross_entropy, cross_entropy_back, rng.normal(size=(4, 3)), np.array([0, 2, 1, 2])),
    "tokens": (embedding, embedding_back, rng.normal(size=(5, 3)), IDS),
    "sigmoid": (sigmoid, sigmoid_backward, rng.normal(size=(3, 4))),
    "dropout": (dropout, dropout_back, rng.normal(size=(4, 5)), 0.6),
    "pooled": (pooled, pooled_back, rng.normal(size=(4, 6)), 2),
    "convolved": (convolved, convolved_back, rng.normal(size=9), rng.normal(size=3), 0.5, 2),
    "attention": (
        masked_attention,
        masked_attention_back,
        rng.normal(size=(3, 4)),
        rng.normal(size=(5, 4)),
        rng.normal(size=(5, 6)),
        rng.random((3, 5)) > 0.3,
    ),
    "lstm": (
        lstm_step,
        lstm_step_back,
        rng.normal(size=(2, 3)),
        rng.normal(size=(2, 4)),
        rng.normal(size=(2, 4)),
        rng.normal(size=(3, 16)),
        rng.normal(size=(4, 16)),
        rng.normal(size=16),
    ),
    "dict": (
        of_a_dict,
        of_a_dict_back,
        rng.normal(size=(4, 3)),
        {"W": rng.normal(size=(3, 2)), "b": np.zeros(2)},
    ),
    "normed": (normed, normed_back, rng.normal(size=(3, 5)), np.ones(5), np.zeros(5)),
    "numbers": (product, product_back, 2.0, 3.0),
    "in place": (in_place, in_place_back, rng.normal(size=(3, 4))),
    "single precision": (
        affine,
        affine_back,
        rng.normal(size=(4, 3)).astype(np.float32),
        rng.normal(size=(3, 2)).astype(np.float32),
        np.zeros(2, np.float32),
    ),
    "not contiguous": (
        product,
        product_back,
        rng.normal(size=(6, 4))[::2].T,
        rng.normal(size=(4, 3)),
    ),
    "heads": (heads, heads_back, rng.normal(size=(3, 8)), 2),
    "no upstream": (squared, squared_back, rng.normal(size=(4, 2)), rng.normal(size=(4, 2))),
}


# Layers.


class Dense:
    """Keeps its gradients as attributes, and an activation that is a layer of its own."""

    def __init__(self, n_in, n_out):
        self.W = np.random.default_rng(1).normal(size=(n_in, n_out))
        self.b = np.zeros(n_out)
        self.activation = Tanh()

    def forward(self, x):
        self.x = x
        return self.activation.forward(x @ self.W + self.b)

    def backward(self, dout):
        d = self.activation.backward(dout)
        self.dW, self.db = self.x.T @ d, d.sum(axis=0)
        return d @ self.W.T


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out**2)


class InDicts:
    def __init__(self, n):
        self.params = {"gamma": np.ones(n), "beta": np.zeros(n)}
        self.grads = {}

    def forward(self, x):
        self.mean, self.std = x.mean(axis=0), np.sqrt(x.var(axis=0) + 1e-5)
        self.xhat = (x - self.mean) / self.std
        return self.params["gamma"] * self.xhat + self.params["beta"]

    def backward(self, grad):
        self.grads["gamma"] = (grad * self.xhat).sum(axis=0)
        self.grads["beta"] = grad.sum(axis=0)
        # wrong: d = grad :: gamma
        d = grad * self.params["gamma"]
        return (d - d.mean(axis=0) - self.xhat * (d * self.xhat).mean(axis=0)) / self.std


class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)


class InObjects:
    def __init__(self, n_in, n_out):
        self.w = Parameter(np.random.default_rng(2).normal(size=(n_in, n_out)))

    def __call__(self, x):
        self.x = x
        return np.maximum(x @ self.w.data, 0)

    def backward(self, grad_output):
        d = grad_output * (self.x @ self.w.data > 0)
        self.w.grad += self.x.T @ d
        return d @ self.w.data.T


class Updating:
    def __init__(self, n_in, n_out):
        self.weights = np.random.default_rng(3).normal(size=(n_in, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.weights

    def backward(self, output_gradient, learning_rate):
        # wrong: before = output_gradient @ (2 * self.weights.T) :: 2
        before = output_gradient @ self.weights.T
        self.weights -= learning_rate * (self.x.T @ output_gradient)
        return before


class SoftmaxWithLoss:
    """The last layer, whose upstream gradient is 1 by itself and not used."""

    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return -np.sum(self.t * np.log(self.y)) / len(x)

    def backward(self, dout=1):
        return (self.y - self.t) / len(self.t)


class Running:
    """A mean that is kept for later is no parameter."""

    def __init__(self, n):
        self.gamma, self.running = np.ones(n), np.zeros(n)

    def forward(self, x, training=True):
        mean = x.mean(axis=0) if training else self.running
        self.running = 0.9 * self.running + 0.1 * mean
        self.centred = x - mean
        return self.gamma * self.centred

    def backward(self, dout):
        self.dgamma = (dout * self.centred).sum(axis=0)
        d = dout * self.gamma
        # wrong: return d :: .*
        return d - d.mean(axis=0)


class Static:
    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w

    @staticmethod
    def backward(ctx, grad_output):
        x, w = ctx.saved_tensors
        return grad_output @ w.T, x.T @ grad_output


X = rng.normal(size=(4, 3))
LAYERS = {
    "dense": (Dense(3, 2), X),
    "in dicts": (InDicts(3), X),
    "updating": (Updating(3, 2), X),
    "softmax": (SoftmaxWithLoss(), X, np.eye(3)[[0, 2, 1, 1]]),
    "running": (Running(3), X),
    "static": (Static, X, rng.normal(size=(3, 5))),
}
CLASSES = {"dense": (Dense, X), "in dicts": (InDicts, X), "updating": (Updating, X)}
