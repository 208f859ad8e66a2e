"""An element that is handed out in a way that is not recorded stays as it was: nothing is told."""
import numpy as np


def scale_forward(x, w):
    return x * w, (x, w)


def scale_backward(dout, cache):
    x, w = cache
    dx = np.zeros_like(x)
    for (i, j), g in np.ndenumerate(dout):
        dx[i, j] = g * w[j]
    return dx, (dout * x).sum(axis=0)  #: not checked


def lift_forward(x, v):
    return x * v, (x, v)


def lift_backward(dout, cache):
    x, v = cache
    dx = np.zeros_like(x)
    with np.nditer(dout, flags=["multi_index"]) as items:
        for g in items:
            dx[items.multi_index] = g * v[items.multi_index[1]]  #: not checked
    return dx, (dout * x).sum(axis=0)  #: not checked
