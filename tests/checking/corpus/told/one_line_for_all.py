"""Of several wrong gradients the one line is blamed of which another value makes all right."""
import numpy as np


def gate_forward(x, W, V):
    a, b = x @ W, x @ V
    s = 1 / (1 + np.exp(-a))
    return s * b * b, (x, W, V, s, b)


def gate_backward(dout, cache):
    x, W, V, s, b = cache
    #~ ds = dout * np.cos(b) * np.sin(b)  #: wrong: with another value here, all would be right
    ds = dout * b * b
    da = ds * s * (1 - s)
    db = 2 * dout * s * b
    return da @ W.T + db @ V.T, x.T @ da, x.T @ db


def example():
    rng = np.random.default_rng(0)
    return rng.normal(size=(6, 3)), rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
