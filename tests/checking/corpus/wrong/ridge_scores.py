import numpy as np


def cost(w, b, X, y, lam):
    r = X @ w + b - y
    return np.mean(r ** 2) + lam * np.sum(w ** 2)


def grad(w, b, X, y, lam):
    r = X @ w + b - y
    gw = 2 * X.T @ r / len(y) + lam * w  # wrong: The gradient of lam * sum(w**2) is 2 * lam * w; the 2 is missing (it is present in the dat
    gb = 2 * np.mean(r)
    return gw, gb


def fit(X, y, lam=0.3, lr=0.05, tol=1e-8, max_iter=5000):
    w = np.zeros(X.shape[1])
    b = 0.0
    previous = cost(w, b, X, y, lam)
    for i in range(max_iter):
        gw, gb = grad(w, b, X, y, lam)
        w = w - lr * gw
        b = b - lr * gb
        current = cost(w, b, X, y, lam)
        if abs(previous - current) < tol:
            print("converged after", i, "iterations")
            break
        previous = current
    return w, b


rng = np.random.default_rng(14)
hours = rng.uniform(0, 10, 40)
sleep = rng.uniform(4, 9, 40)
scores = 4 * hours + 2 * sleep + 30 + rng.normal(0, 3, 40)
X = np.column_stack([hours, sleep])
X = (X - X.mean(axis=0)) / X.std(axis=0)
y = (scores - scores.mean()) / scores.std()
w, b = fit(X, y)
print(w, b, cost(w, b, X, y, 0.3))
