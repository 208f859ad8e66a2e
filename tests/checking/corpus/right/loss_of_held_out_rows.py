import numpy as np
rng = np.random.default_rng(0)
X, y = rng.normal(size=(40, 3)), rng.normal(size=40)
Xv, yv = rng.normal(size=(11, 3)), rng.normal(size=11)
w = np.zeros(3)
lam = 0.1
def risk(w, X, y):
    z = np.tanh(X @ w)
    return np.mean((z - y) ** 4) + lam * np.sum(w ** 2)
def slope(w, X, y):
    z = np.tanh(X @ w)
    return X.T @ (4 * (z - y) ** 3 * (1 - z ** 2)) / len(y) + 2 * lam * w
for k in range(100):
    i = rng.permutation(40)[:8]
    w -= 0.05 * slope(w, X[i], y[i])
    if k % 10 == 0:
        print(k, risk(w, Xv, yv))
