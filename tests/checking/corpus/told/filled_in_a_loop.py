"""An array that a loop fills: each round's own part is compared with what belongs there."""
import numpy as np


def attend_forward(q, k, v, g):
    S, states, y = np.zeros((q.shape[1], v.shape[1])), [], np.zeros((len(q), v.shape[1]))
    for t in range(len(q)):
        S = S + np.outer(k[t], v[t])
        states.append(S)
        y[t] = g[t] * (q[t] @ S)
    return y, (q, k, v, g, states)


def attend_backward(dy, cache):
    q, k, v, g, states = cache
    dq, dk, dv, dg = (np.zeros_like(x) for x in (q, k, v, g))
    G = np.zeros((len(q) + 1, q.shape[1], v.shape[1]))
    for t in reversed(range(len(q))):
        G[t] = G[t + 1] + np.outer(q[t], dy[t] * g[t])
        #~ dq[t] = states[t] @ dy[t]  #: wrong: the factor g[t] is left out
        dq[t] = states[t] @ (dy[t] * g[t])
        dg[t] = dy[t] * (q[t] @ states[t])
        dk[t] = G[t] @ v[t]
        dv[t] = k[t] @ G[t]
    return dq, dk, dv, dg


def example():
    rng = np.random.default_rng(304)
    return [rng.normal(size=(5, n)) for n in (3, 3, 4, 4)]
