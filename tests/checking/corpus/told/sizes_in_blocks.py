"""Where not all sizes are allowed, a fix is tried at multiples of them, not given up."""
import numpy as np

BLOCK = 3


def scan_forward(x, f):
    h, last = np.zeros_like(x), np.zeros(x.shape[1])
    for t in range(len(x)):
        h[t] = last = f[t] * last + x[t]
    return h, (h, f)


def scan_backward(dh, cache):
    h, f = cache
    dx, carry = np.zeros_like(h), np.zeros(h.shape[1])
    for lo in range(len(h) - BLOCK, -1, -BLOCK):
        hi = lo + BLOCK
        own, decay = dh[lo:hi].copy(), np.ones_like(h[lo:hi])
        for k in range(BLOCK - 2, -1, -1):
            own[k] = own[k] + f[lo + k + 1] * own[k + 1]
            decay[k] = f[lo + k + 1] * decay[k + 1]
        #~ dx[lo:hi] = own * decay + carry  #: wrong: where own + decay * carry belongs
        dx[lo:hi] = own + decay * carry
        carry = f[lo] * dx[lo]
    df = np.zeros_like(f)
    df[1:] = dx[1:] * h[:-1]
    return dx, df


def example():
    rng = np.random.default_rng(17)
    return rng.normal(size=(9, 2)), rng.uniform(0.6, 1.0, size=(9, 2))
