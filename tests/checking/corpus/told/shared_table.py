"""Layers that share a table keep a part of its gradient each: only the sum is right.

The loss of one row of scores keeps a guard in its logarithm, and divides by their number.
"""
import numpy as np


class Rows:
    def __init__(self, W):
        self.params, self.grads = [W], [np.zeros_like(W)]

    def forward(self, h, idx):
        (W,) = self.params
        self.cache = h, idx, W[idx]
        return np.sum(W[idx] * h, axis=1)

    def backward(self, dout):
        (dW,), (h, idx, rows) = self.grads, self.cache
        dout = dout.reshape(-1, 1)
        dW[...] = 0
        #~ np.add.at(dW, idx, dout * rows)  #: wrong
        np.add.at(dW, idx, dout * h)
        return dout * rows


class Loss:
    def forward(self, x, t):
        self.t, self.y = t, 1 / (1 + np.exp(-x))
        return -np.mean(np.log(np.where(t == 1, self.y, 1 - self.y) + 1e-12))

    def backward(self, dout=1):
        #~ return (self.y + self.t) * dout / len(self.t)  #: wrong
        return (self.y - self.t) * dout / len(self.t)  #: not checked: right for arrays of one axis


class Sampled:
    def __init__(self, W):
        self.layers, self.losses = [Rows(W), Rows(W)], [Loss(), Loss()]

    def forward(self, h, target, other):
        pairs = zip(self.layers, self.losses, (target, other), (1, 0))
        return sum(b.forward(a.forward(h, idx), np.full(len(h), t)) for a, b, idx, t in pairs)

    def backward(self, dout=1):
        dh = 0
        for layer, loss in zip(self.layers, self.losses):
            #~ dh = layer.backward(loss.backward(dout))  #: wrong
            dh += layer.backward(loss.backward(dout))
        return dh
