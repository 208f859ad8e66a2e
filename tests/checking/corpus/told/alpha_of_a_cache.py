"""An argument named as a rate is none where all arguments are what the forward pass returns."""
import numpy as np


def chain_forward(x, W):
    alpha = np.tanh(x @ W)
    return np.sum(alpha**2) - 1, x, W, np.array(alpha)


def chain_backward(dloss, x, W, alpha):
    #~ d = dloss * alpha * (1 - alpha**2)  #: wrong: a factor 2 is missing
    d = 2 * dloss * alpha * (1 - alpha**2)
    return d @ W.T, x.T @ d


def example():
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 3)), rng.normal(size=(3, 4))
