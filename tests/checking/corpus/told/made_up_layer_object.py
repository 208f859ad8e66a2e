"""Passes without an example: arguments are made up that fit."""
import numpy as np


class Upsample:
    def __init__(self, channels, factor):
        self.gain = np.random.default_rng(0).normal(size=channels)
        self.factor = factor

    def __call__(self, x):
        self.x = x
        return np.repeat(x * self.gain, self.factor, axis=0)

    def backward(self, dy):
        n, c = self.x.shape
        #~ dx = dy.reshape(n, self.factor, c).mean(axis=1)  #: wrong
        dx = dy.reshape(n, self.factor, c).sum(axis=1)
        self.dgain = (dx * self.x).sum(axis=0)
        return dx * self.gain


layer = Upsample(3, 2)
y = layer(np.random.default_rng(1).normal(size=(4, 3)))
print(layer.backward(np.ones_like(y)).shape)
