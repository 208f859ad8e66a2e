"""A table that moves in two statements of a step, by np.subtract.at in one of them."""
import numpy as np

rng = np.random.default_rng(3)
V, W = 0.3 * rng.normal(size=(6, 4)), 0.3 * rng.normal(size=(6, 4))
pairs = [(i, (i + d) % 6) for i in range(6) for d in (1, 2)]
for epoch in range(20):
    for i, o in pairs:
        others = rng.integers(0, 6, 3)
        others = others[others != o]
        v = V[i].copy()
        loss = -np.log(1 / (1 + np.exp(-W[o] @ v)))
        for k in others:
            loss -= np.log(1 / (1 + np.exp(W[k] @ v)))
        d = 1 / (1 + np.exp(-W[o] @ v)) - 1
        e = 1 / (1 + np.exp(-W[others] @ v))
        dv = d * W[o] + e @ W[others]
        W[o] -= 0.1 * d * v
        #~ np.add.at(W, others, 0.1 * np.outer(e, v))  #: wrong
        np.subtract.at(W, others, 0.1 * np.outer(e, v))
        V[i] -= 0.1 * dv  #: right
