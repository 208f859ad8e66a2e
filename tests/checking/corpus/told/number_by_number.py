"""A table moves part by part, and a part several times."""
import numpy as np

rng = np.random.default_rng(0)
R, P, Q = np.array([[5, 3], [4, 0]]), rng.random((2, 2)), rng.random((2, 2))
for step in range(5000):
    for i in range(2):
        for j in range(2):
            if R[i][j] > 0:
                e = R[i][j] - P[i, :] @ Q[:, j]
                loss = e**2
                for k in range(2):
                    p = P[i][k]
                    P[i][k] = P[i][k] + 0.02 * e * Q[k][j]  #: right
                    Q[k][j] = Q[k][j] + 0.02 * e * p  #: right
