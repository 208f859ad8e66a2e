"""A name means what a parameter is now, though another name moved it."""
import numpy as np
class Momentum:
    def __init__(self, several):
        self.several, self.v = several, [np.zeros_like(p) for p in several]
    def step(self, slopes):
        for k, (p, g) in enumerate(zip(self.several, slopes)):
            self.v[k] = 0.9 * self.v[k] + g
            p -= 0.01 * self.v[k]  #: scaled
rng = np.random.default_rng(0)
X, y = np.linspace(-np.pi, np.pi, 12).reshape(-1, 1), np.linspace(0, 1, 12).reshape(-1, 1)
W1, W2 = rng.normal(size=(1, 3)), rng.normal(size=(3, 1))
rule = Momentum([W1, W2])
for epoch in range(20):
    h = np.tanh(X @ W1)
    error = h @ W2 - y
    loss = np.mean(error ** 2)
    dW2 = h.T @ error  #: scaled
    dh = error @ W2.T  #: right
    dW1 = X.T @ (dh * (1 - h ** 2))  #: scaled
    rule.step([dW1, dW2])
