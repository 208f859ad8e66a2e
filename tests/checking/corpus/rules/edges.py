"""Pairs of passes at the edges: shapes, kinks, what is given twice."""

import numpy as np

def rows_mean(x):
    return x.mean(axis=-1), x.shape


def rows_mean_back(dout, shape):
    return np.repeat(dout[:, None], shape[1], axis=1) / 4


def table(x, tokens):
    return x[tokens], (tokens, x.shape)


def assigned(d, cache):
    tokens, shape = cache
    dtable = np.zeros(shape)
    dtable[tokens] = d
    return dtable


def product(x, y):
    return x * y, (x, y)


def nothing(dout, cache):
    return None


def raising(dout, cache):
    raise ValueError("not yet")


def hard_tanh(x):
    return np.clip(x, -1, 1), x


def hard_tanh_back(dout, x):
    return dout * (np.abs(x) < 1)


def hard_tanh_cut_in_the_output(dout, x):
    return np.clip(dout, -1, 1)


def half_of_product_backward(dout, cache):
    x, y = cache
    return dout * y, None


def product_backward(dout, cache):
    x, y = cache
    return dout * y, dout * x


def largest_two(x):
    return x[np.arange(2), x.argmax(axis=1)], x


def largest_two_back(dout, x):
    dx, rows = np.zeros_like(x), np.ogrid[:2]
    dx[rows, x.argmax(axis=1)] += dout
    return dx


def clipped_norm(x):
    n = np.maximum(np.sqrt((x**2).sum(axis=1, keepdims=True)), 0.1)
    return x / n, (x, n)


def clipped_norm_back(dout, cache):
    x, n = cache
    return dout / n - x * (dout * x).sum(axis=1, keepdims=True) / n**3


def masked(x, mask):
    x = np.where(mask, x, -1e9)
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    return p, p


def masked_back(dout, p):
    return p * (dout - (dout * p).sum(axis=1, keepdims=True))


def rectified_back(dout, x):
    return dout * (x >= 0)


def normed(x, eps=1e-12):
    n = np.sqrt((x**2).sum(axis=1, keepdims=True)) + eps
    return x / n, (x, n)


def gate(x, y):
    s = 1 / (1 + np.exp(-x))
    cache = {"s": s, "y": y, "out": s * y}
    return s * y, y**2, cache


def gate_back(dout, dsquare, cache):
    s = cache["s"]
    ds = dout * cache["out"]
    return ds * s * (1 - s), dout * s + 2 * dsquare * cache["y"]


def cumulated(x):
    return np.cumsum(x, axis=1), None


def cumulated_back(dout, _):
    return np.cumsum(dout, axis=1)


def sampled(signal, at):
    i = np.clip(np.floor(at).astype(int), 0, signal.shape[1] - 2)
    t = at - i
    return (1 - t) * signal[:, i] + t * signal[:, i + 1], (signal, i, t)


def sampled_backward(dout, cache):
    signal, i, t = cache
    dsignal = np.zeros(signal.shape)
    for p, k in enumerate(i):
        dsignal[:, k] += dout[:, p] * (1 - t[p])
        dsignal[:, k + 1] += dout[:, p] * t[p]
    return dsignal, (dout * (signal[:, i + 1] - signal[:, i])).sum(axis=0)


def elu(x):
    return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1), x


def elu_back(dout, x):
    return dout * np.where(x > 0, 1.0, np.exp(x))


X, ODD = np.random.default_rng(2).normal(size=(2, 4)), np.array([[1.0, -2.0, 3.0], [0.5, 0.25, -1.0]])
SYMMETRIC = np.array([[0, 0.3, -0.2], [0.3, 0, 0.5], [-0.2, 0.5, 0]])


def density(x, cov):
    inverse = np.linalg.inv(cov)
    return -0.5 * np.sum(x * (x @ inverse), axis=1), (inverse, x @ inverse)


def density_back(g, cache):
    inverse, xs = cache
    dx = -g[:, None] * xs  # as the inverse is symmetric
    dcov = 0.5 * np.einsum("n,ni,nj->ij", g, xs, xs)
    return dx, dcov


def score(x, A, y):
    return np.einsum("ni,ij,nj->n", x, A, y), (x, A, y)


def score_back(g, cache):
    x, A, y = cache
    dx = g[:, None] * (y @ A.T)
    dA = np.einsum("n,ni,nj->ij", g, x, y)
    dy = g[:, None] * (x @ A.T)  # right where A is symmetric
    return dx, dA, dy


class Carrying:
    """Begins at 0 with each forward pass, and keeps the gradient by that state."""

    def __init__(self, W):
        self.W, self.h = W, None

    def forward(self, xs):
        self.xs, self.hs = xs, [np.zeros(4)]
        for x in xs:
            self.hs.append(x + self.W * self.hs[-1])
        self.h = self.hs[-1]
        return np.array(self.hs[1:])

    def backward(self, dhs):
        self.dh, self.dW, dxs = 0.0, np.zeros(4), []
        for h, dh in zip(self.hs[-2::-1], dhs[::-1]):
            dxs.insert(0, dh + self.dh)
            self.dW += dxs[0] * h
            self.dh = dxs[0] * self.W
        return np.array(dxs)


ran = Carrying(np.array([0.5, -1.0, 2.0, 1.5]))
ran.backward(ran.forward(X))


def surprise(p):
    return -np.log(p + 1e-12), p


def through(w, ends, more):
    """The sum over the paths of a graph in order, by its edges."""
    sums = [1.0, 0.0, 0.0, 0.0]
    for x, a, b in zip(w, ends, more):
        sums[b] = sums[b] + x * sums[a]
    return np.array(sums[3:]), (w, ends, more, sums)


def through_back(g, cache):
    w, ends, more, sums = cache
    later, dw = [0.0, 0.0, 0.0, g[0]], np.zeros_like(w)
    for k in reversed(range(5)):  # the last edge comes first
        dw[k] = later[more[k]] * sums[ends[k]]
        later[ends[k]] = later[ends[k]] + w[k] * later[more[k]]
    return dw


# The passes and an example; the verdicts of the rows, a part of the note, the correction of the first.
EDGES = {
    "right at one shape": (
        *(rows_mean, rows_mean_back, (np.arange(8.0).reshape(2, 4),)),
        *("wrong", "right at (2, 4), wrong at (2, 5)", ""),
    ),
    "an index is repeated": (
        *(table, assigned, (np.ones((4, 2)), np.array([2, 0]))),
        *("wrong", "where one is repeated", "np.add.at(dtable, tokens, d)"),
    ),
    "no gradients": (product, nothing, (X, X), "wrong", "", ""),
    "of a constant": (
        *(product, half_of_product_backward, (X, X + 1)),
        *("right", "None is returned for y", ""),
    ),
    "an error": (product, raising, (X, X), "not checked", "", ""),
    "a clamp": (hard_tanh, hard_tanh_back, (2 * X,), "right", "", ""),
    "cut in the output": (hard_tanh, hard_tanh_cut_in_the_output, (2 * X,), "wrong", "", ""),
    "given twice": (product, product_backward, (ODD, ODD), "right", "where one row is given for all, ", ""),
    "a view of it": (product, product_backward, (ODD, ODD[::1]), "right", "where one row is given for all, ", ""),
    # 0 and 1 are labels of two classes, too, and those are drawn in another order
    "indices that the code makes": (largest_two, largest_two_back, (ODD,), "right", "", ""),
    "a kink at 0": (lambda x: (np.maximum(x, 0), x), rectified_back, (X,), "right", "", ""),
    "a masked row": (masked, masked_back, (X, X > 0), "right", "where a row is masked as a whole, dx", ""),
    "a divisor near 0": (
        *(clipped_norm, clipped_norm_back, (X,)),
        *("wrong", "at a thousandth of the numbers, dx is wrong", ""),
    ),
    "a row for all": (product, product_backward, (X, X + 1), "right", "where one row is given for all, ", ""),
    # with a large one, x / n**3 would not be x / (n**2 * (n - eps))
    "a number that keeps from 0": (normed, clipped_norm_back, (X,), "right", "", ""),
    "it is given": (normed, clipped_norm_back, (X, 1e-12), "right", "", ""),
    "a key of a cache": (gate, gate_back, (X, X + 1), "wrong follows right", "", "ds = dout * cache['y']"),
    "the other direction": (cumulated, cumulated_back, (X,), "wrong", "", ""),
    "numbers cut to places": (
        *(sampled, sampled_backward, (np.eye(2, 5) - 0.3, np.array([0.2, 0.7, 2.5]))),
        *("right", "", ""),
    ),
    "a covariance": (
        *(density, density_back, (np.eye(4, 3) + 0.3, np.diag([2.0, 3.0, 4.0]) + SYMMETRIC)),
        *("right", "cov stays symmetric, as in the example", ""),
    ),
    "weights that are symmetric in the example": (
        *(score, score_back, (np.eye(4, 3) - 0.5, SYMMETRIC, np.eye(4, 3) + 0.3)),
        *("wrong right", "", "dy = g[:, None] * (x @ A)"),
    ),
    "the edges of a graph": (
        *(through, through_back),
        *((np.arange(1.0, 6), np.array([0, 0, 1, 1, 2]), np.array([1, 2, 2, 3, 3])), "right", "", ""),
    ),
    "a layer that ran before": (ran.forward, ran.backward, (X,), "right", "", ""),
    "a guard of a logarithm": (
        *(surprise, lambda g, p: -g / p, (np.full((2, 3), 1e-4),)),
        *("right", "", ""),
    ),
    "a kink at a number": (elu, elu_back, (np.linspace(-2, 2, 9),), "right", "", ""),
}
