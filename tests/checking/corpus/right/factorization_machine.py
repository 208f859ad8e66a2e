import numpy as np

rng = np.random.default_rng(65)
n, d, k = 80, 6, 3
X = (rng.random((n, d)) < 0.4).astype(float)
score = 2 * X[:, 0] * X[:, 1] - 1.5 * X[:, 2] * X[:, 3] + 0.5 * X[:, 4] - 0.2
y = np.where(score + 0.2 * rng.normal(size=n) > 0, 1.0, -1.0)

w0 = 0.0
w = np.zeros(d)
V = rng.normal(0, 0.1, (d, k))
lr, lam = 0.05, 0.001


def fm(x):
    s = x @ V
    pair = 0.5 * np.sum(s ** 2 - (x ** 2) @ (V ** 2))
    return w0 + w @ x + pair, s


for epoch in range(20):
    tot = 0
    for i in rng.permutation(n):
        x = X[i]
        out, s = fm(x)
        ell = np.log1p(np.exp(-y[i] * out)) + lam / 2 * (w @ w + np.sum(V * V))
        g = -y[i] / (1 + np.exp(y[i] * out))
        dV = g * (np.outer(x, s) - V * (x ** 2)[:, None]) + lam * V
        w0 -= lr * g
        w -= lr * (g * x + lam * w)
        V -= lr * dV
        tot += ell
    if epoch % 5 == 0:
        print(f"epoch {epoch}  avg objective {tot / n:.4f}")
