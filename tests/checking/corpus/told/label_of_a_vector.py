"""One probability less 1 is the gradient of a cross-entropy; a mask is no mean."""
import numpy as np

rng = np.random.default_rng(5)
words = [([0, 1], 2), ([1, 2, 3], 0), ([3], 1), ([0, 2, 1, 3], 3)]
V, W = 0.3 * rng.normal(size=(4, 3)), 0.3 * rng.normal(size=(3, 4))
for epoch in range(30):
    for around, k in words:
        x = np.zeros(4)
        x[around] = 1 / len(around)
        h = x @ V
        e = np.exp(h @ W)
        d = e / e.sum()
        d[k] -= 1.0
        dh = W @ d
        W -= 0.1 * np.outer(h, d)  #: right
        #~ V -= 0.1 * np.outer(x > 0, dh)  #: wrong: has x > 0 where x belongs
        V -= 0.1 * np.outer(x, dh)  #: right
