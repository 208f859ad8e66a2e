"""grad_W is kept for layer_W; one of no fitting shape is missed; a default dout that is read counts."""
import numpy as np


class Dense:
    def __init__(self, n, m):
        rng = np.random.default_rng(1)
        self.layer_W, self.layer_b = rng.normal(size=(n, m)), rng.normal(size=m)

    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.layer_W) + self.layer_b

    def backward(self, dout):
        z = self.x @ self.layer_W
        dz = dout * (1 - np.tanh(z) ** 2)
        #~ self.grad_W = self.x.T @ dout  #: wrong: uses dout where dz belongs
        self.grad_W = self.x.T @ dz
        #~a self.grad_b = dout.sum(axis=1)
        self.grad_b = dout.sum(axis=0)
        #~a return dz @ self.layer_W.T  #: right, not checked: no gradient by self.layer_b is found
        return dz @ self.layer_W.T


class Loss:
    def forward(self, p, t):
        self.d, self.n = p - t, p.size
        return (self.d**2).sum() / self.n

    def backward(self, dloss=1.0):
        #~ return 2 * self.d / dloss / self.n  #: wrong
        return 2 * self.d * dloss / self.n


rng = np.random.default_rng(0)
layer, loss = Dense(4, 3), Loss()
value = loss.forward(layer.forward(rng.normal(size=(5, 4))), rng.normal(size=(5, 3)))
layer.backward(loss.backward())
