import numpy as np


class Dense:
    def __init__(self, i, o, seed):
        r = np.random.RandomState(seed)
        self.W, self.b = r.randn(i, o) * np.sqrt(2.0 / i), np.zeros(o)

    def forward(self, x):
        self.x = x
        return x.dot(self.W) + self.b

    def backward(self, g):
        self.dW, self.db = self.x.T.dot(g), g.sum(axis=0)
        return g.dot(self.W.T)

    def update(self, lr):
        self.W -= lr * self.dW
        self.b -= lr * self.db


class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(x, 0)

    def backward(self, g):
        return g * (g > 0)  # wrong: ReLU.backward masks by the sign of the incoming gradient instead of the stored input

    def update(self, lr):
        pass


layers = [Dense(2, 10, 0), ReLU(), Dense(10, 10, 1), ReLU(), Dense(10, 1, 2)]
rs = np.random.RandomState(5)
X = rs.uniform(-1, 1, (100, 2))
Y = np.abs(X[:, :1] - X[:, 1:])
for epoch in range(200):
    a = X
    for l in layers:
        a = l.forward(a)
    g = 2 * (a - Y) / len(X)
    for l in layers[::-1]:
        g = l.backward(g)
    for l in layers:
        l.update(0.05)
    if epoch % 50 == 0:
        print("epoch", epoch, "mse", np.mean((a - Y) ** 2))
