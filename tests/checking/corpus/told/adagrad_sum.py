"""A sum is the loss when it is whole, though no move is a gradient."""
import numpy as np

rng = np.random.default_rng(0)
U, V = rng.normal(size=(4, 3)) / 3, rng.normal(size=(3, 4)) / 3
#~ mU, mV = np.ones_like(U), np.ones_like(V)
mU, mV = np.zeros_like(U), np.zeros_like(V)
xs, ts = rng.normal(size=(5, 3)), [0, 2, 1, 1, 0]
for n in range(40):
    loss, dU, dV = 0, np.zeros_like(U), np.zeros_like(V)
    for x, t in zip(xs, ts):
        h = np.tanh(U @ x)
        p = np.exp(V @ h) / np.sum(np.exp(V @ h))
        loss += -np.log(p[t])
        dy = np.copy(p)
        dy[t] -= 1
        dV += np.outer(dy, h)  #: right
        #~ dU += np.outer((1 - h) * (V.T @ dy), x)  #: wrong: uses h where h ** 2 belongs
        dU += np.outer((1 - h * h) * (V.T @ dy), x)  #: right
    for param, dparam, mem in zip([U, V], [dU, dV], [mU, mV]):
        mem += dparam * dparam
        param += -0.1 * dparam / np.sqrt(mem + 1e-8)  #: right
