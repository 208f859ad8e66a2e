"""A penalty alone is no loss, and a slice of the weights is no selection of rows."""
import numpy as np


class Ridge:
    def __init__(self, rate=0.1, strength=0.3, rounds=30):
        self.rate, self.strength, self.rounds = rate, strength, rounds

    def cost(self, X, y):
        loss = np.mean((X @ self.weights - y) ** 2)
        l2_penalty = self.strength / 2 * np.sum(self.weights[1:] ** 2)
        return loss + l2_penalty

    def fit(self, X, y):
        self.weights, self.history = np.zeros(X.shape[1]), []
        for _ in range(self.rounds):
            error = X @ self.weights - y
            gradient = 2 * X.T @ error / len(y)
            #~ gradient[1:] -= self.strength * self.weights[1:]  #: wrong: sign
            gradient[1:] += self.strength * self.weights[1:]
            self.weights -= self.rate * gradient  #: right
            self.history.append(self.cost(X, y))


rng = np.random.default_rng(4)
X = np.column_stack([np.ones(12), rng.normal(size=(12, 3))])
Ridge().fit(X, X @ np.array([1.0, 2.0, -1.0, 0.5]) + 0.1 * rng.normal(size=12))
