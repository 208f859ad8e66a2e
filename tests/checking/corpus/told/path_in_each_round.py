"""A path is left out in each round of a loop: its line is told by the first value that lacks it."""
import numpy as np


def turn_forward(start, A):
    p, states, sizes = start, np.zeros((4, len(start))), np.zeros(4)
    for t in range(4):
        u = p @ A
        sizes[t] = np.sum(u**4) ** 0.25
        p = u / sizes[t]
        states[t] = p
    return p, (start, A, states, sizes)


def turn_backward(dout, cache):
    start, A, states, sizes = cache
    dA, dp = np.zeros_like(A), dout
    for t in reversed(range(4)):
        #~ du = dp / sizes[t]  #: wrong: takes sizes, line 9, as a constant
        du = (dp - states[t] ** 3 * np.sum(dp * states[t])) / sizes[t]
        dA += np.outer(states[t - 1] if t else start, du)
        dp = A @ du
    return dp, dA


def example():
    rng = np.random.default_rng(0)
    return rng.normal(size=3), rng.normal(size=(3, 3))
