import numpy as np


def clip_forward(x, scale, low=-0.5, high=0.8):
    return scale * np.clip(x, low, high), (x, scale, low, high)


def clip_backward(dout, cache):
    x, scale, low, high = cache
    dx = dout.copy()
    # wrong: dx /= scale :: multiply
    dx *= scale
    dx[x < low] = 0
    dx[x > high] = 0
    return dx, dout * np.clip(x, low, high)


def example():
    rng = np.random.default_rng(6)
    return rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
