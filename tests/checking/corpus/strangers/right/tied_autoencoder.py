import numpy as np


class TiedAutoencoder:
    def __init__(self, n_visible, n_hidden, seed=0):
        r = np.random.default_rng(seed)
        self.W = r.normal(scale=0.2, size=(n_visible, n_hidden))
        self.b = np.zeros(n_hidden)
        self.c = np.zeros(n_visible)

    def encode(self, X):
        return 1 / (1 + np.exp(-(X @ self.W + self.b)))

    def decode(self, H):
        return H @ self.W.T + self.c

    def step(self, X, lr):
        n = X.shape[0]
        H = self.encode(X)
        R = self.decode(H)
        dR = (R - X) / n
        dH = dR @ self.W
        dA = dH * H * (1 - H)
        dW = X.T @ dA
        dW += dR.T @ H
        self.W -= lr * dW
        self.b -= lr * dA.sum(axis=0)
        self.c -= lr * dR.sum(axis=0)
        return 0.5 * np.sum((R - X) ** 2) / n


rng = np.random.default_rng(1)
latent = rng.normal(size=(120, 2))
X = latent @ rng.normal(size=(2, 6)) + 0.05 * rng.normal(size=(120, 6))
ae = TiedAutoencoder(6, 3)
for epoch in range(200):
    loss = ae.step(X, 0.1)
    if epoch % 50 == 0:
        print("epoch", epoch, "reconstruction", round(loss, 4))
