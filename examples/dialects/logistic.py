"""Logistic regression in a class: `dw` and `db` averaged over the rows, a cost, `fit`."""

import numpy as np


class LogisticRegression:
    def __init__(self, learning_rate=0.1, n_iters=500):
        self.lr = learning_rate
        self.n_iters = n_iters
        self.weights = None
        self.bias = None
        self.costs = []

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def fit(self, X, y):
        n_samples, n_features = X.shape
        self.weights = np.zeros(n_features)
        self.bias = 0
        for i in range(self.n_iters):
            linear_model = np.dot(X, self.weights) + self.bias
            y_predicted = self.sigmoid(linear_model)
            cost = -np.mean(y * np.log(y_predicted) + (1 - y) * np.log(1 - y_predicted))
            dw = (1 / n_samples) * np.dot(X.T, (y_predicted - y))
            db = (1 / n_samples) * np.sum(y_predicted - y)
            self.weights -= self.lr * dw
            self.bias -= self.lr * db
            if i % 100 == 0:
                self.costs.append(cost)

    def predict(self, X):
        return np.where(self.sigmoid(np.dot(X, self.weights) + self.bias) > 0.5, 1, 0)


rng = np.random.default_rng(0)
X = rng.normal(size=(40, 3))
y = (X @ np.array([2.0, -1.0, 0.5]) > 0).astype(int)

if __name__ == "__main__":
    model = LogisticRegression()
    model.fit(X, y)
    print("accuracy:", (model.predict(X) == y).mean())
