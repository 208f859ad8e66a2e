import numpy as np


class RBFNet:
    def __init__(self, k, rng):
        self.centres = rng.uniform(-3, 3, k)
        self.widths = np.ones(k)
        self.weights = rng.normal(0, 0.3, k)
        self.offset = 0.0

    def __call__(self, x):
        self.delta = x[:, None] - self.centres[None, :]
        self.phi = np.exp(-self.delta ** 2 / (2 * self.widths ** 2))
        return self.phi @ self.weights + self.offset

    def improve(self, x, y, lr):
        err = self(x) - y
        loss = 0.5 * np.mean(err ** 2)
        e = err / len(x)
        common = e[:, None] * self.phi * self.weights
        g_weights = self.phi.T @ e
        g_offset = e.sum()
        g_centres = np.sum(-common * self.delta / self.widths ** 2, axis=0)  # wrong: The gradient of the centres has the wrong sign. / The derivative by the width has the thir
        g_widths = np.sum(common * self.delta ** 2 / self.widths ** 2, axis=0)
        self.weights -= lr * g_weights
        self.offset -= lr * g_offset
        self.centres -= lr * g_centres
        self.widths -= lr * g_widths
        return loss


rng = np.random.default_rng(36)
x = np.linspace(-3, 3, 80)
y = np.sin(2 * x) * np.exp(-x ** 2 / 6)
net = RBFNet(7, rng)
for t in range(1500):
    loss = net.improve(x, y, 0.1)
    if t % 300 == 0:
        print(t, round(loss, 6))
