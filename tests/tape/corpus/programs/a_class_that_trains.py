"""A class that trains; `seed` is where it starts."""
import numpy as np
seed = 0.5
class Net:
    rate = 0.1
    def __init__(self, n):
        self.W = np.arange(6.0).reshape(2, n) * seed
        self.b = np.zeros(2)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(self.W @ x + self.b)
        return self.h
    def step(self, t):
        d = (self.h - t) * (1 - self.h ** 2)
        self.W -= self.rate * np.outer(d, self.x)
        self.b = self.b - self.rate * d
net = Net(3)
for x, t in zip(np.eye(3), [0.1, 0.2, 0.3]):
    net.forward(x)
    net.step(t)
W, b = net.W, net.b
