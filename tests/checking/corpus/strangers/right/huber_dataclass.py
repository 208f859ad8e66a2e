from dataclasses import dataclass, field

import numpy as np


@dataclass
class HuberRegressor:
    delta: float = 1.0
    lr: float = 0.1
    steps: int = 300
    coef: np.ndarray = field(default=None, repr=False)
    intercept: float = 0.0

    def loss(self, X, y):
        r = np.abs(X @ self.coef + self.intercept - y)
        quad = 0.5 * r ** 2
        lin = self.delta * (r - 0.5 * self.delta)
        return np.where(r <= self.delta, quad, lin).mean()

    def fit(self, X, y):
        self.coef = np.zeros(X.shape[1])
        for _ in range(self.steps):
            r = X @ self.coef + self.intercept - y
            psi = np.clip(r, -self.delta, self.delta)
            self.coef -= self.lr * (psi @ X) / len(y)
            self.intercept -= self.lr * psi.mean()
        return self

    def predict(self, X):
        return X @ self.coef + self.intercept


rng = np.random.default_rng(12)
X = rng.normal(size=(120, 2))
y = X @ [2.0, -1.0] + 0.5 + 0.1 * rng.normal(size=120)
y[::15] += 12
h = HuberRegressor().fit(X, y)
print(h, h.coef.round(2), "loss %.3f" % h.loss(X, y))
print("median absolute error", np.median(np.abs(h.predict(X) - y)).round(3))
