import numpy as np


def ffn_forward(x, W1, W2, mask, keep):
    h = x @ W1
    a = np.maximum(h, 0)
    d = a * mask / keep
    return x + d @ W2, (x, W1, W2, mask, keep, h, d)


def ffn_backward(dout, cache):
    x, W1, W2, mask, keep, h, d = cache
    dW2 = d.T @ dout
    dd = dout @ W2.T
    # wrong: da = dd * mask :: keep
    # wrong: da = dd / keep :: mask
    da = dd * mask / keep
    # wrong: dh = da * (d > 0) * keep :: keep
    # wrong: dh = da * h :: > 0|slope
    dh = da * (h > 0)
    dW1 = x.T @ dh
    # wrong: dx = dh @ W1.T :: dout
    dx = dout + dh @ W1.T
    return dx, dW1, dW2


def example():
    rng = np.random.default_rng(19)
    return rng.normal(size=(3, 4)), rng.normal(size=(4, 6)), rng.normal(size=(6, 4)), (rng.random((3, 6)) < 0.8).astype(float), 0.8
