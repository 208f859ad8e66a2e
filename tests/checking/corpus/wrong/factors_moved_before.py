import numpy as np

rng = np.random.default_rng(0)
P, Q, bu = rng.normal(0, 0.1, (5, 3)), rng.normal(0, 0.1, (4, 3)), np.zeros(5)
lr, reg = 0.02, 0.05
for epoch in range(20):
    for u, i, r in [(0, 0, 5), (1, 1, 3), (2, 3, 4), (0, 2, 1)]:
        e = r - (bu[u] + P[u] @ Q[i])
        bu[u] += lr * (e - reg * bu[u])
        P[u] += lr * (e * Q[i] - reg * P[u])
        Q[i] += lr * (e * P[u] - reg * Q[i])  # wrong: P[u] has moved already
print(bu)
