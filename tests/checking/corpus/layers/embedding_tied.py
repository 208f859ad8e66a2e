import numpy as np


def tied_forward(idx, W, A):
    h = W[idx]
    z = np.tanh(h @ A)
    return z @ W.T, (idx, W, A, h, z)


def tied_backward(dout, cache):
    idx, W, A, h, z = cache
    dW = dout.T @ z
    dz = dout @ W
    # wrong: da = dz * (1 - z) ** 2 :: bracket|z \*\* 2|tanh
    da = dz * (1 - z ** 2)
    dA = h.T @ da
    dh = da @ A.T
    # wrong: dW[idx] += dh :: add|repeat|equal|twice
    # wrong: dW[idx] = dh :: add|\+=
    np.add.at(dW, idx, dh)
    return None, dW, dA


def example():
    rng = np.random.default_rng(11)
    return np.array([2, 0, 2, 3, 2]), rng.normal(size=(4, 3)), rng.normal(size=(3, 3))
