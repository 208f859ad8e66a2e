"""Functions that layers of another file use."""
import numpy as np


def softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    return np.exp(x) / np.sum(np.exp(x), axis=-1, keepdims=True)


def cross_entropy(y, t):
    return -np.sum(np.log(y[np.arange(len(t)), t] + 1e-7)) / len(t)


def scaled(x):
    return _times(x), (x, {"shape": x.shape})


def _times(x):
    return 3.0 * x
