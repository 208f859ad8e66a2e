"""Passes without an example: arguments are made up that fit."""
import numpy as np


def smooth_max(x, r):
    top = x.max(axis=1, keepdims=True)
    e = np.exp(r * (x - top))
    y = top + np.log(e.mean(axis=1, keepdims=True)) / r
    return y[:, 0], (x, r, e / e.sum(axis=1, keepdims=True), y)


def smooth_max_bwd(saved, g):
    x, r, w, y = saved
    g = g[:, None]
    #~ dx = g * w / r  #: wrong
    dx = g * w
    dr = (g * ((w * x).sum(axis=1, keepdims=True) - y) / r).sum()
    return dx, dr
