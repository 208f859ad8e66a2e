"""A loss that is computed after the training begins with a state of its own."""
import numpy as np

rng = np.random.default_rng(2)
a, T = 0.4, 8
s = np.sin(np.arange(T + 1) * 0.6)
V, W, ro = rng.normal(size=3), 0.4 * rng.normal(size=(3, 3)), 0.5 * rng.normal(size=3)


def states():
    h, hs, us = np.zeros(3), [np.zeros(3)], []
    for t in range(T):
        u = np.tanh(V * s[t] + W @ h)
        h = (1 - a) * h + a * u
        us.append(u)
        hs.append(h)
    return hs, us


def loss():
    hs, _ = states()
    return sum(0.5 * (ro @ hs[t + 1] - s[t + 1]) ** 2 for t in range(T)) / T


for step in range(60):
    hs, us = states()
    gV, gW, gro, dh = 0 * V, 0 * W, 0 * ro, np.zeros(3)
    for t in reversed(range(T)):
        e = (ro @ hs[t + 1] - s[t + 1]) / T
        gro += e * hs[t + 1]
        dh = dh + e * ro
        d = a * dh * (1 - us[t] ** 2)
        gV += d * s[t]
        gW += np.outer(d, hs[t])
        #~ dh = W.T @ d  #: wrong: the term + (1 - a) * dh is left out
        dh = W.T @ d + (1 - a) * dh  #: cannot tell
    V -= 0.2 * gV
    W -= 0.2 * gW
    ro -= 0.2 * gro
print(loss())
