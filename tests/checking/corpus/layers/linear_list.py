import numpy as np


class Affine:
    def __init__(self, W, b):
        self.params, self.grads = [W, b], [np.zeros_like(W), np.zeros_like(b)]
        self.x = None

    def forward(self, x):
        W, b = self.params
        self.shape = x.shape
        self.x = x.reshape(x.shape[0], -1)
        return np.dot(self.x, W) + b

    def backward(self, dout):
        W, b = self.params
        dx = np.dot(dout, W.T)
        dW = np.dot(self.x.T, dout)
        # wrong: db = np.mean(dout, axis=0) :: mean|averag|sum
        db = np.sum(dout, axis=0)
        # wrong: self.grads[0][...] = dW / len(dout) :: divide|mean|len
        self.grads[0][...] = dW
        self.grads[1][...] = db
        return dx.reshape(*self.shape)


def make():
    rng = np.random.default_rng(23)
    return Affine(rng.normal(size=(12, 5)), rng.normal(size=5))


def example():
    return (np.random.default_rng(24).normal(size=(2, 3, 4)),)
