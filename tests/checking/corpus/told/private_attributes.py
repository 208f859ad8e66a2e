"""Private attributes and methods are those of their class."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
class _Net:
    def __init__(self):
        self.__W, self.__b = rng.normal(size=(3, 4)), np.zeros(4)
    def __out(self):
        return X @ self.__W + self.__b
    def fit(self):
        for _ in range(20):
            out = self.__out()
            loss = np.sum((out - y) ** 2)
            d = 2 * (out - y)
            self.__W -= 0.01 * X.T @ d  #: right
            self.__b -= 0.01 * d.sum(axis=0)  #: right
_Net().fit()
