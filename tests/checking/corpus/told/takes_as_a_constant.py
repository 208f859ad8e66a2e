"""A path of the chain rule that is left out is named by the value that is taken as a constant."""
import numpy as np


def focal_forward(logits, alpha):
    p = 1 / (1 + np.exp(-logits))
    easy = (1 - p) ** 1.5
    return -np.mean(alpha * easy * np.log(p)), (p, easy, alpha)


def focal_backward(dloss, cache):
    p, easy, alpha = cache
    #~ dp = -alpha * easy / p  #: wrong: takes easy, line 7, as a constant: the path by it is left
    dp = -alpha * (easy / p - 1.5 * (1 - p) ** 0.5 * np.log(p))
    return dloss * dp * p * (1 - p) / p.size


def example():
    rng = np.random.default_rng(0)
    return rng.normal(size=(6, 4)), 0.25
