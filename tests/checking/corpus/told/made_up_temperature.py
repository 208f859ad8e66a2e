"""Passes without an example: arguments are made up that fit."""
import numpy as np


def cooled(x, tau):
    e = np.exp((x - x.max(axis=-1, keepdims=True)) / tau)
    p = e / e.sum(axis=-1, keepdims=True)
    return p, (x, tau, p)


def cooled_bwd(saved, dp):
    x, tau, p = saved
    #~ dz = p * (1 - p) * dp  #: wrong
    dz = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
    return dz / tau, -(dz * x).sum() / tau**2
