"""A stride that is 1 by default is 2 in the made-up call."""
import numpy as np


def pooled(x, kernel, stride=1):
    n = (len(x) - len(kernel)) // stride + 1
    out = np.array([x[i * stride : i * stride + len(kernel)] @ kernel for i in range(n)])
    return out, (x, kernel, stride)


def pooled_backward(dout, cache):
    x, kernel, stride = cache
    dx, dk = np.zeros_like(x), np.zeros_like(kernel)
    for i, g in enumerate(dout):
        dx[i * stride : i * stride + len(kernel)] += g * kernel
        #~ dk += g * x[i : i + len(kernel)]  #: wrong
        dk += g * x[i * stride : i * stride + len(kernel)]
    return dx, dk
