"""The exact gradient of a step is 0: a straight-through gradient is no mistake in itself."""
import numpy as np


def round_forward(x, scale):
    y = np.round(x)
    return y * scale, (y, scale)


def round_backward(dout, cache):
    y, scale = cache
    #~ dscale = dout.sum(axis=0)  #: wrong: y
    dscale = (dout * y).sum(axis=0)
    dx = dout * scale  #: cannot tell: surrogate
    return dx, dscale
