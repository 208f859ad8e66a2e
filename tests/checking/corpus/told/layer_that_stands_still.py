"""A layer that no step moves is told where others of its class move."""
import numpy as np
rng = np.random.default_rng(2)
class Layer:
    def __init__(self, i, o):
        self.W = rng.normal(size=(i, o))  #: not checked: self.W of shape (2, 4) does not change in the steps that ran
    def forward(self, x):
        self.x, self.a = x, np.tanh(x @ self.W)
        return self.a
    def backward(self, da):
        dz = da * (1 - self.a**2)
        self.dW = self.x.T @ dz  #: right
        return dz @ self.W.T
X, y = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))
layers = [Layer(2, 4), Layer(4, 3), Layer(3, 1)]
for epoch in range(5):
    out = X
    for layer in layers:
        out = layer.forward(out)
    loss = np.mean((out - y) ** 2)
    grad = 2 * (out - y) / y.size
    for layer in reversed(layers):
        grad = layer.backward(grad)
    #~ for layer in layers[0:]:
    for layer in layers[1:]:
        layer.W -= 0.1 * layer.dW  #: right
