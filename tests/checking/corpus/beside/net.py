"""A net that nothing in its own file trains."""
import numpy as np


class Net:
    def __init__(self, n):
        self.w = np.ones(n)

    def train(self, X, y, rate):
        for _ in range(3):
            error = X @ self.w - y
            self.w -= rate * X.T @ error
