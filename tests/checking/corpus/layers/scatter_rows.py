import numpy as np


def scatter_forward(x, rows, new):
    out = x.copy()
    out[rows] = new
    kept = np.ones(len(x))
    kept[rows] = 0.0
    return out, (rows, kept)


def scatter_backward(dout, cache):
    rows, kept = cache
    # wrong: dx = dout.copy() :: kept
    dx = dout * kept[:, None]
    # wrong: dnew = -dout[rows] :: sign
    dnew = dout[rows]
    return dx, None, dnew


def example():
    rng = np.random.default_rng(8)
    return rng.normal(size=(6, 4)), np.array([4, 1, 2]), rng.normal(size=(3, 4))
