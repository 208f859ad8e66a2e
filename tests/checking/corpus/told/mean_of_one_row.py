"""Where the example has one row, a mean over rows is told from others, of more."""
import numpy as np


class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.grads = {}

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        n = self.x.shape[0]
        self.grads["dW"] = self.x.T @ dout / n  #: right
        self.grads["db"] = dout.sum(axis=0) / n  #: right
        return dout @ self.W.T  #: right


def make():
    rng = np.random.default_rng(0)
    return Dense(rng.normal(size=(3, 4)), rng.normal(size=4))


def example():
    return (np.random.default_rng(1).normal(size=(1, 3)),)
