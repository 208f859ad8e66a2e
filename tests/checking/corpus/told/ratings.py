"""A step moves the elements of lists that one sample is about."""
import numpy as np

rng = np.random.default_rng(0)
ratings = [(0, 0, 5.0), (0, 1, 3.0), (1, 0, 4.0), (2, 1, 1.0), (1, 2, 2.0)]
P = [[0.3, 0.5], [0.7, 0.2], [0.4, 0.6]]
Q = [[0.8, 0.1], [0.5, 0.9], [0.2, 0.3]]
for sweep in range(100):
    total = 0.0
    for u, i, r in ratings:
        e = r - sum(P[u][k] * Q[i][k] for k in range(2))
        loss = e * e
        for k in range(2):
            loss += 0.02 * (P[u][k] ** 2 + Q[i][k] ** 2)
        total += loss
        for k in range(2):
            gp = -2 * e * Q[i][k] + 0.04 * P[u][k]
            #~ gq = -2 * e * Q[i][k] + 0.04 * Q[i][k]  #: wrong: uses Q[i][k] where P[u][k] belongs
            gq = -2 * e * P[u][k] + 0.04 * Q[i][k]
            P[u][k] -= 0.01 * gp  #: right
            Q[i][k] -= 0.01 * gq  #: right
