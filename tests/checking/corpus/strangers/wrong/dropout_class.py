import numpy as np


class DropoutMLP:
    def __init__(self, n_in, n_hid, keep=0.7, seed=0):
        self.rng = np.random.default_rng(seed)
        self.W1 = self.rng.normal(size=(n_in, n_hid))
        self.b1 = np.zeros(n_hid)
        self.w2 = self.rng.normal(size=n_hid) / np.sqrt(n_hid)
        self.b2 = 0.0
        self.keep = keep

    def train_batch(self, X, y, lr):
        h = np.tanh(X @ self.W1 + self.b1)
        kept = self.rng.random(h.shape) < self.keep
        hd = np.where(kept, h / self.keep, 0.0)
        diff = hd @ self.w2 + self.b2 - y
        d = diff / len(y)
        dh = np.where(kept, 0.0, np.outer(d, self.w2) / self.keep)  # wrong: the backward pass keeps the dropped units (mask inverted)
        dz = dh * (1 - h ** 2)
        self.w2 -= lr * hd.T @ d
        self.b2 -= lr * d.sum()
        self.W1 -= lr * X.T @ dz
        self.b1 -= lr * dz.sum(axis=0)

    def predict(self, X):
        return np.tanh(X @ self.W1 + self.b1) @ self.w2 + self.b2


rng = np.random.default_rng(1)
X = rng.uniform(-1, 1, (96, 2))
y = X[:, 0] ** 2 - X[:, 1]
net = DropoutMLP(2, 24)
for epoch in range(100):
    for s in range(0, 96, 24):
        net.train_batch(X[s:s + 24], y[s:s + 24], 0.1)
    if epoch % 25 == 0:
        print(epoch, "mse", np.mean((net.predict(X) - y) ** 2))
