import numpy as np


def rotary_forward(x, cos, sin):
    a, b = x[..., ::2], x[..., 1::2]
    return np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=-1), (cos, sin)


def rotary_backward(dout, cache):
    cos, sin = cache
    n = cos.shape[-1]
    a, b = dout[..., :n], dout[..., n:]
    dx = np.empty_like(dout)
    # wrong: dx[..., ::2] = a * cos - b * sin :: add
    # wrong: dx[..., ::2] = a * cos :: b \* sin
    dx[..., ::2] = a * cos + b * sin
    dx[..., 1::2] = b * cos - a * sin
    return dx


def example():
    rng = np.random.default_rng(4)
    angle = rng.normal(size=(5, 3))
    return rng.normal(size=(2, 5, 6)), np.cos(angle), np.sin(angle)
