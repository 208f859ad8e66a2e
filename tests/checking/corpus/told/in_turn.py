"""Parameters that move in turn have steps of their own."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
U, V = [[0.3], [0.5], [0.9]], [[0.2], [0.7]]
R = [[1.0, 2.0], [0.5, 1.5], [2.5, 0.2]]
for epoch in range(30):
    for i in range(3):
        for j in range(2):
            e = R[i][j] - sum(u * v for u, v in zip(U[i], V[j]))
            for k in range(1):
                u, v = U[i][k], V[j][k]
                U[i][k] += 0.1 * e * v  #: right
                #~ V[j][k] += 0.1 * e * U[i][k]  #: not checked, wrong
                V[j][k] += 0.1 * e * u  #: right
