import numpy as np


def pool_forward(x, size=3, stride=2):
    n = (x.shape[1] - size) // stride + 1
    out, at = np.zeros((len(x), n)), np.zeros((len(x), n), dtype=int)
    for i in range(n):
        at[:, i] = i * stride + np.argmax(x[:, i * stride:i * stride + size], axis=1)
        out[:, i] = x[np.arange(len(x)), at[:, i]]
    return out, (x.shape, at)


def pool_backward(dout, cache):
    shape, at = cache
    dx = np.zeros(shape)
    for r, i in np.ndindex(dout.shape):
        c = at[r, i]
        # wrong: dx[r, c] = dout[r, i] :: \+=
        dx[r, c] += dout[r, i]
    return dx


def example():
    return (np.random.default_rng(9).normal(size=(4, 11)),)
