import numpy as np


class MomentumMLP:
    def __init__(self, n_in, n_hidden, lr=0.1, mu=0.9):
        rng = np.random.default_rng(44)
        self.p = {
            "w1": rng.normal(0, 1, (n_in, n_hidden)), "b1": np.zeros(n_hidden),
            "w2": rng.normal(0, 0.3, (n_hidden, 1)), "b2": np.zeros(1),
        }
        self.vel = {k: np.zeros_like(v) for k, v in self.p.items()}
        self.lr, self.mu = lr, mu

    def __call__(self, x):
        self.h = 1 / (1 + np.exp(-(x @ self.p["w1"] + self.p["b1"])))
        return self.h @ self.p["w2"] + self.p["b2"]

    def grads(self, x, err):
        d = err / len(x)
        dh = d @ self.p["w2"].T * self.h * (1 - self.h)
        return dict(w1=x.T @ dh, b1=dh.sum(0), w2=self.h.T @ d, b2=d.sum(0))

    def learn(self, x, y):
        err = self(x) - y
        for k, g in self.grads(x, err).items():
            self.vel[k] = -self.mu * self.vel[k] - self.lr * g  # wrong: The old velocity enters with the wrong sign, visible from the second step on.
            self.p[k] += self.vel[k]
        return 0.5 * np.mean(err ** 2)


x = np.linspace(0, 1, 50)[:, None]
y = np.exp(-5 * x) * np.cos(12 * x)
mlp = MomentumMLP(1, 12)
for i in range(1000):
    loss = mlp.learn(x, y)
    if i % 200 == 0:
        print(i, "%.6f" % loss)
