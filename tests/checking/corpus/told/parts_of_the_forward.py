"""What the forward pass multiplies or divides by, and both ends of an edge, belong in the backward."""
import numpy as np

KEEP = 0.8


def dropped_forward(x, w, mask):
    h = x @ w
    out = h * mask / KEEP
    return out @ w.T, (x, w, h, mask, out)


def dropped_backward(dy, cache):
    x, w, h, mask, out = cache
    dout = dy @ w
    #~ dh = dout  #: wrong: the factor mask / KEEP is left out
    dh = dout * mask / KEEP
    dw = dy.T @ out + x.T @ dh
    return dh @ w.T, dw


def pooled_forward(x):
    n, mean, count = len(x) - 2, np.zeros(len(x) - 2), np.zeros(len(x) - 2)
    for i in range(n):
        count[i] = 2 + i % 2
        mean[i] = x[i : i + 3].sum() / count[i]
    return mean, (x, count)


def pooled_backward(dmean, cache):
    x, count = cache
    dx = np.zeros_like(x)
    for i in range(len(dmean)):
        #~ dx[i : i + 3] += dmean[i] / 3  #: wrong: count[i]
        dx[i : i + 3] += dmean[i] / count[i]
    return dx


def pulled_forward(p, k, edges):
    a, b = edges[:, 0], edges[:, 1]
    force = k[:, None] * (p[b] - p[a])
    out = np.zeros_like(p)
    np.add.at(out, a, force)
    np.add.at(out, b, -force)
    return out, (p, k, a, b)


def pulled_backward(dout, cache):
    p, k, a, b = cache
    #~ df = dout[a]  #: wrong: the term - dout[b] is left out
    df = dout[a] - dout[b]
    dk = np.sum(df * (p[b] - p[a]), axis=1)
    dp = np.zeros_like(p)
    np.add.at(dp, b, k[:, None] * df)
    np.subtract.at(dp, a, k[:, None] * df)
    return dp, dk


def squashed_forward(x):
    return x / (1 + x**2), x


def squashed_backward(dout, x):
    #~ slope = (1 - x**2) / (1 + x**2)  #: wrong: has 1 + x ** 2 where (1 + x ** 2) ** 2 belongs
    slope = (1 - x**2) / (1 + x**2) ** 2
    return dout * slope


rng = np.random.default_rng(0)
edges = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]])
dropped_forward(rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.random((4, 2)) < 0.7)
pooled_forward(rng.normal(size=7))
pulled_forward(rng.normal(size=(4, 2)), rng.normal(size=5), edges)
squashed_forward(rng.normal(size=(3, 4)))
