"""A method that changes things is no edit, though another of its name changes none."""
import numpy as np
rng = np.random.default_rng(1)
x, y = rng.normal(size=(3, 6)), rng.normal(size=(3, 6))
class Dense:
    def __init__(self):
        self.W = rng.normal(size=(3, 3))
    def forward(self, a):
        self.a = a
        return np.tanh(self.W @ a)
    def backward(self, g):
        g = g * (1 - np.tanh(self.W @ self.a) ** 2)
        self.dW = g @ self.a.T  #: right
        #~ return self.W @ g  #: wrong
        return self.W.T @ g
class Net:
    def __init__(self):
        self.layers = [Dense(), Dense()]
    def forward(self, a):
        for l in self.layers:
            a = l.forward(a)
        return a
net = Net()
for epoch in range(20):
    out = net.forward(x)
    loss = np.sum((out - y) ** 2)
    g = 2 * (out - y)
    for l in net.layers[::-1]:
        g = l.backward(g)
    for l in net.layers:
        l.W -= 0.01 * l.dW  #: right
