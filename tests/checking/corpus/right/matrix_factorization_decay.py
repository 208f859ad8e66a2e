from dataclasses import dataclass, field
import numpy as np

RATINGS = [(0, 0, 5), (0, 2, 3), (1, 0, 4), (1, 1, 1), (2, 1, 2), (2, 3, 5),
           (3, 2, 4), (3, 3, 4), (4, 0, 1), (4, 1, 5), (4, 3, 2), (0, 3, 4)]


@dataclass
class MF:
    n_users: int
    n_items: int
    k: int = 3
    lr: float = 0.02
    reg: float = 0.05
    seed: int = 7
    mu: float = field(init=False, default=0.0)

    def __post_init__(self):
        g = np.random.default_rng(self.seed)
        self.P = g.normal(0, 0.1, (self.n_users, self.k))
        self.Q = g.normal(0, 0.1, (self.n_items, self.k))
        self.bu = np.zeros(self.n_users)
        self.bi = np.zeros(self.n_items)

    def predict(self, u, i):
        return self.mu + self.bu[u] + self.bi[i] + self.P[u] @ self.Q[i]

    def sample_loss(self, u, i, r):
        e = r - self.predict(u, i)
        return 0.5 * e ** 2 + 0.5 * self.reg * (
            self.bu[u] ** 2 + self.bi[i] ** 2 + self.P[u] @ self.P[u] + self.Q[i] @ self.Q[i])

    def sgd(self, u, i, r):
        e = r - self.predict(u, i)
        pu = self.P[u].copy()
        self.bu[u] += self.lr * (e - self.reg * self.bu[u])
        self.bi[i] += self.lr * (e - self.reg * self.bi[i])
        self.P[u] += self.lr * (e * self.Q[i] - self.reg * pu)
        self.Q[i] += self.lr * (e * pu - self.reg * self.Q[i])
        return e ** 2


model = MF(5, 4)
model.mu = float(np.mean([r for _, _, r in RATINGS]))
for ep in range(60):
    se = sum(model.sgd(u, i, r) for u, i, r in RATINGS)
    if ep % 15 == 0:
        print(f"epoch {ep:2d} rmse {np.sqrt(se / len(RATINGS)):.4f}")
