"""What a step hands back is lost where the statement that gives it does not read it."""
import numpy as np


def step_back(dh, cache):
    x, last, U, V, h = cache
    s = dh * (1 - h**2)
    return s @ U.T, s @ V.T, x.T @ s, last.T @ s


def rnn_forward(x, h0, U, V):
    h, caches, last = np.zeros((len(x), *h0.shape)), [], h0
    for t in range(len(x)):
        new = np.tanh(x[t] @ U + last @ V)
        caches.append((x[t], last, U, V, new))
        h[t] = last = new
    return h, caches


def rnn_backward(dh, caches):
    x, last, U, V, h = caches[0]
    dx, dlast = np.zeros((len(caches), *x.shape)), np.zeros_like(last)
    dU, dV = np.zeros_like(U), np.zeros_like(V)
    for t in reversed(range(len(caches))):
        #~ dx[t], dlast, u, v = step_back(dh[t], caches[t])  #: wrong: the term + dlast is left out
        dx[t], dlast, u, v = step_back(dh[t] + dlast, caches[t])
        dU += u
        dV += v
    return dx, dlast, dU, dV


def example():
    rng = np.random.default_rng(0)
    return [0.5 * rng.normal(size=s) for s in ((4, 2, 3), (2, 5), (3, 5), (5, 5))]
