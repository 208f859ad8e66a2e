import numpy as np


def swiglu_forward(x, W, V, O):
    a, b = x @ W, x @ V
    s = 1 / (1 + np.exp(-a))
    g = a * s
    h = g * b
    return h @ O, (x, W, V, O, a, b, s, g, h)


def swiglu_backward(dy, cache):
    x, W, V, O, a, b, s, g, h = cache
    dO = h.T @ dy
    dh = dy @ O.T
    # wrong: dg = dh * a :: \bb\b
    dg = dh * b
    # wrong: db = dh * a :: \bg\b
    # wrong: db = dh * s :: \bg\b|a\b
    db = dh * g
    # wrong: da = dg * s * (1 - s) :: term|g\b|s\b
    # wrong: da = dg * (s + a * (1 - s)) :: \bg\b|s\b
    da = dg * (s + g * (1 - s))
    dx = da @ W.T + db @ V.T
    return dx, x.T @ da, x.T @ db, dO


def example():
    rng = np.random.default_rng(26)
    return rng.normal(size=(3, 4)), rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), rng.normal(size=(5, 4))
