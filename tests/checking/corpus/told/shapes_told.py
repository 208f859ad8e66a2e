"""Passes without an example: arguments are made up that fit."""
import numpy as np


def blend(depth, paint):
    """Blend colors along rays.  depth: (R, I); paint: (R, I, 3).  Returns (R, 3)."""
    w = np.exp(-np.cumsum(depth, axis=1))
    color = np.einsum("rs,rsc->rc", w, paint)
    return color, (paint, w)


def blend_backward(dcolor, cache):
    paint, w = cache
    r, s, c = paint.shape
    assert c == 3
    dpaint = w[..., None] * dcolor[:, None, :]
    #~ dw = (dcolor[:, None, :] * paint).mean(axis=2)  #: wrong
    dw = (dcolor[:, None, :] * paint).sum(axis=2)
    #~ ddepth = -np.cumsum(dw * w, axis=1)  #: wrong
    ddepth = -np.cumsum((dw * w)[:, ::-1], axis=1)[:, ::-1]
    return ddepth, dpaint
