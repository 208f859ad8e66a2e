"""The numbers of nested lists move."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
w = [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
for epoch in range(4):
    for x, t in zip([[0.3, 0.9], [0.8, -0.5]], [1.5, 0.5]):
        r = [sum(a * b for a, b in zip(row, x)) - t for row in w]
        loss = sum(0.5 * e * e for e in r)
        for i in range(3):
            for j in range(2):
                w[i][j] -= 0.1 * r[i] * x[j]  #: right
