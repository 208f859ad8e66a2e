import numpy as np

ratings = [
    (0, 0, 5), (0, 1, 3), (0, 3, 1), (1, 0, 4), (1, 3, 1), (2, 0, 1),
    (2, 1, 1), (2, 3, 5), (3, 0, 1), (3, 3, 4), (4, 1, 1), (4, 2, 5), (4, 3, 4),
]
n_users, n_items, k = 5, 4, 2
rng = np.random.RandomState(1)
P = rng.normal(scale=0.5, size=(n_users, k))
Q = rng.normal(scale=0.5, size=(n_items, k))
bu = np.zeros(n_users)
bi = np.zeros(n_items)
mean = np.mean([r for _, _, r in ratings])
alpha, reg = 0.05, 0.02


def rate(u, i):
    return mean + bu[u] + bi[i] + P[u] @ Q[i]


def rmse():
    return np.sqrt(np.mean([(r - rate(u, i)) ** 2 for u, i, r in ratings]))


for sweep in range(100):
    rng.shuffle(ratings)
    for u, i, r in ratings:
        e = r - rate(u, i)
        bu[u] += alpha * (e - reg * bu[u])
        bi[i] += alpha * (e - reg * bi[i])
        pu = P[u].copy()
        P[u] += alpha * (e * Q[i] - reg * P[u])
        Q[i] += alpha * (e * pu - reg * Q[i])
    if sweep % 25 == 0:
        print("sweep", sweep, "rmse", round(rmse(), 4))
print(np.round([[rate(u, i) for i in range(n_items)] for u in range(n_users)], 1))
