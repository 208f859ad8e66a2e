import numpy as np

# log-loss for y in {-1, +1}:  log(1 + exp(-y * f(x)))
score = lambda w, X: X[:, :] @ w[1:] + w[0]
objective = lambda w, X, y: np.logaddexp(0, -y * score(w, X)).mean()


def gradient(w, X, y):
    margin = y * score(w, X)
    weight = 1 / (1 + np.exp(margin))
    pull = -(y * weight) / y.size
    return np.concatenate([[pull.sum()], pull @ X])


def descend(X, y, rate=1.0, tol=1e-4, limit=500):
    w = np.zeros(X.shape[1] + 1)
    for it in range(limit):
        g = gradient(w, X, y)
        if np.linalg.norm(g) < tol:
            break
        w = w - rate * g
    return w, it


rng = np.random.default_rng(77)
X = rng.normal(size=(80, 2))
y = np.sign(X @ [1.0, 1.5] - 0.5 + rng.normal(size=80))
w, it = descend(X, y)
print("stopped after", it, "iterations, objective", round(objective(w, X, y), 5))
print("w", w.round(3))
print("correct", np.mean(np.sign(score(w, X)) == y))
