import numpy as np


def make_objective(X, y, lam):
    n = len(y)
    XtX = X.T @ X
    Xty = X.T @ y

    def loss(w):
        r = X @ w - y
        return 0.5 * r @ r / n + 0.5 * lam * w @ w

    def grad(w):
        return (XtX @ w - Xty) / n + lam * w

    return loss, grad


rng = np.random.default_rng(5)
X = rng.normal(size=(50, 4))
true_w = np.array([1.0, -2.0, 0.5, 0.0])
y = X @ true_w + 0.1 * rng.normal(size=50)

lam = 0.05
loss, grad = make_objective(X, y, lam)
w = np.zeros(4)
for k in range(300):
    w = w - 0.3 * grad(w)

closed = np.linalg.solve(X.T @ X + len(y) * lam * np.eye(4), X.T @ y)
print("gd    ", w)
print("closed", closed)
print("loss", loss(w))
