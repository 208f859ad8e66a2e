"""A term that is left out in each round of a loop, where no effect of an edit adds up."""
import numpy as np


def scan_forward(z, A):
    p = 1 / (1 + np.exp(-z[0]))
    weights, states, total = np.zeros(len(z)), np.zeros((len(z), len(A))), 0.0
    for t in range(len(z)):
        u = p * np.exp(z[t])
        weights[t] = u.sum()
        p = u / weights[t]
        states[t] = p
        p = p @ A
    return np.log(weights).sum(), (z, A, states, weights)


def scan_backward(dout, cache):
    z, A, states, weights = cache
    dz, dA, dp = np.zeros_like(z), np.zeros_like(A), np.zeros(len(A))
    for t in reversed(range(len(z))):
        dA += np.outer(states[t], dp)
        dp = dp @ A.T
        #~ du = (dp + dout) / weights[t]  #: wrong: the term - (states[t] * dp).sum(axis=0) is left out
        du = (dp - np.sum(dp * states[t]) + dout) / weights[t]
        dz[t] += du * states[t] * weights[t]
        dp = du * np.exp(z[t])
    start = 1 / (1 + np.exp(-z[0]))
    dz[0] += dp * start * (1 - start)
    return dz, dA


def example():
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 3)), rng.uniform(0.2, 1.0, size=(3, 3))
