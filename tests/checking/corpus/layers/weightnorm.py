import numpy as np


def wn_forward(x, v, g):
    n = np.sqrt((v ** 2).sum(axis=0))
    w = v * (g / n)
    return x @ w, (x, v, g, n, w)


def wn_backward(dy, cache):
    x, v, g, n, w = cache
    dw = x.T @ dy
    # wrong: dg = (dw * v).sum(axis=0) :: \bn\b
    dg = (dw * v).sum(axis=0) / n
    # wrong: dv = dw * (g / n) :: term|constant
    # wrong: dv = dw * (g / n) - v * (dg * g / n) :: n
    # wrong: dv = dw * g - v * (dg * g / n ** 2) :: n
    dv = dw * (g / n) - v * (dg * g / n ** 2)
    dx = dy @ w.T
    return dx, dv, dg


def example():
    rng = np.random.default_rng(20)
    return rng.normal(size=(5, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
