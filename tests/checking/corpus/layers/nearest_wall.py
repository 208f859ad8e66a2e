import numpy as np


def wall_forward(x, slopes, offsets):
    """The lowest of some planes above each point."""
    heights = x @ slopes.T + offsets
    return heights.min(axis=1), (x, slopes, heights)


def wall_backward(dout, cache):
    x, slopes, heights = cache
    # wrong: low = np.argmax(heights, axis=1) :: argmin
    low = np.argmin(heights, axis=1)
    dslopes, doffsets = np.zeros_like(slopes), np.zeros(len(slopes))
    np.add.at(dslopes, low, dout[:, None] * x)
    np.add.at(doffsets, low, dout)
    return dout[:, None] * slopes[low], dslopes, doffsets


def example():
    rng = np.random.default_rng(7)
    return rng.normal(size=(6, 2)), rng.normal(size=(3, 2)), rng.normal(size=3)
