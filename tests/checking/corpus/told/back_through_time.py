"""What goes from step to step of time is mended where it first goes wrong; clips are not met."""
import numpy as np

rng = np.random.default_rng(1)
n, size = 5, 4
Wxh, Whh, Why = (rng.normal(size=s) * 0.3 for s in ((n, size), (n, n), (size, n)))
bh, by = np.zeros((n, 1)), np.zeros((size, 1))
for step in range(4):
    inputs, targets = rng.integers(0, size, 4), rng.integers(0, size, 4)
    xs, hs, ps, loss = {}, {-1: np.zeros((n, 1))}, {}, 0
    for t in range(4):
        xs[t] = np.zeros((size, 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)
        ys = Why @ hs[t] + by
        ps[t] = np.exp(ys) / np.sum(np.exp(ys))
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby, dhnext = np.zeros_like(bh), np.zeros_like(by), np.zeros((n, 1))
    for t in reversed(range(4)):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        #~ dh = Why.T @ dy  #: wrong: the term + dhnext is left out
        dh = Why.T @ dy + dhnext
        #~ dhraw = (1 - hs[t]) * dh  #: wrong: uses hs[t] where hs[t] ** 2 belongs
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += dhraw @ xs[t].T
        dWhh += dhraw @ hs[t - 1].T
        #~ dhnext = Whh @ dhraw  #: wrong
        dhnext = Whh.T @ dhraw
    for g in [dWxh, dWhh, dWhy, dbh, dby]:
        np.clip(g, -5, 5, out=g)
    for p, g in zip([Wxh, Whh, Why, bh, by], [dWxh, dWhh, dWhy, dbh, dby]):
        p -= 0.1 * g
