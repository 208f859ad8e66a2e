"""The numbers of a list that is repeated each have a row."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
w = [0.0] * 3
for epoch in range(4):
    g, loss = [0.0] * 3, 0.0
    for x, t in zip(X.tolist(), labels.tolist()):
        r = sum(a * b for a, b in zip(w, x)) - t
        loss += 0.5 * r * r
        for j in range(3):
            g[j] += r * x[j]
    for j in range(3):
        w[j] -= 0.1 * g[j]  #: right
