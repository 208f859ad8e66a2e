"""The channels come in groups of equal size: with one channel more, there are none."""

import numpy as np


def group_norm_forward(x, scale, groups):
    n = x.shape[0]
    grouped = x.reshape(n, groups, -1)
    centred = grouped - grouped.mean(axis=2, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=2, keepdims=True) + 1e-5)
    normed = (centred / spread).reshape(x.shape)
    return normed * scale, (normed, spread, scale, groups)


def group_norm_backward(dout, cache):
    normed, spread, scale, groups = cache
    n, channels, width = dout.shape
    count = channels // groups * width
    # wrong: dscale = dout.sum(axis=(0, 2), keepdims=True) :: factor normed
    dscale = (dout * normed).sum(axis=(0, 2), keepdims=True)
    g = (dout * scale).reshape(n, groups, -1)
    h = normed.reshape(n, groups, -1)
    total, along = g.sum(axis=2, keepdims=True), (g * h).sum(axis=2, keepdims=True)
    dx = (g - total / count - h * along / count) / spread
    return dx.reshape(dout.shape), dscale


def example():
    rng = np.random.default_rng(5)
    return rng.normal(size=(3, 4, 5)), rng.normal(size=(1, 4, 1)), 2
