"""A table moves row by row."""
import numpy as np

rng = np.random.default_rng(0)
R, P, Q = np.array([[5, 3], [4, 0]]), rng.random((2, 2)), rng.random((2, 2))
for step in range(5000):
    for i in range(2):
        for j in range(2):
            if R[i][j] > 0:
                e = R[i][j] - P[i, :] @ Q[j]
                loss = e**2
                p = P[i].copy()
                P[i] = P[i] + 0.02 * e * Q[j]  #: right
                Q[j] = Q[j] + 0.02 * e * p  #: right
