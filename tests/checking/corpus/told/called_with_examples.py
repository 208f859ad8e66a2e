"""The arguments of the calls of a file are examples for its passes."""
import numpy as np

class Tokens:
    def __init__(self, vocabulary, size):
        self.W, self.scale = np.random.randn(vocabulary, size), np.sqrt(size)
        self.grad = None
    def forward(self, ids):
        self.ids = ids
        return self.W[ids] * self.scale
    def backward(self, dout):
        dW = np.zeros_like(self.W)
        #~ dW[self.ids] += dout * self.scale  #: wrong
        np.add.at(dW, self.ids, dout * self.scale)
        self.grad = dW  #: right

class Gate:
    def __init__(self, n):
        self.p = {"W": np.random.randn(n, n), "b": np.zeros(n)}
    def forward(self, x):
        self.x, self.t = x, 1 / (1 + np.exp(-(x @ self.p["W"] + self.p["b"])))
        return self.t * x
    def backward(self, dy):
        d = dy * self.x * self.t * (1 - self.t)
        #~ self.g = {"W": self.x.T @ d, "b": d.mean(axis=0)}  #: right, wrong
        self.g = {"W": self.x.T @ d, "b": d.sum(axis=0)}  #: right
        return d @ self.p["W"].T + dy * self.t  #: right

def hardswish(x):
    return x * np.clip(x + 3.0, 0.0, 6.0) / 6.0, x

def hardswish_grad(dout, x):
    middle = (x > -3.0) & (x < 3.0)
    #~ return dout * np.where(middle, (x + 3.0) / 6.0, x >= 3.0)  #: wrong
    return dout * np.where(middle, (2.0 * x + 3.0) / 6.0, x >= 3.0)  #: right

tokens, gate = Tokens(12, 5), Gate(4)
tokens.backward(np.ones_like(tokens.forward(np.array([[1, 2, 3], [4, 1, 1]]))))
gate.backward(gate.forward(np.random.rand(3, 4)))
y, x = hardswish(np.linspace(-4, 4, 9, dtype=np.float32))
hardswish_grad(y, x)
