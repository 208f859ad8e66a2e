"""Numbers of `[0.0] * dim` are parameters of their own, in an attribute too."""
from math import exp


class GammaRegression:
    def __init__(self, dim):
        self.w = [0.0] * dim
        self.b = 0.0

    def eta(self, x):
        return self.b + sum(wi * xi for wi, xi in zip(self.w, x))

    def loss(self, rows):
        return sum(self.eta(x) + y * exp(-self.eta(x)) for x, y in rows) / len(rows)

    def fit(self, rows):
        for _ in range(30):
            gw, gb = [0.0] * len(self.w), 0.0
            for x, y in rows:
                mu = exp(self.eta(x))
                #~ d = 1 - y / mu**2  #: wrong
                d = 1 - y / mu
                gb += d
                for k, xk in enumerate(x):
                    gw[k] += d * xk
            self.b -= 0.05 * gb / len(rows)
            self.w = [wi - 0.05 * g / len(rows) for wi, g in zip(self.w, gw)]
            print(self.loss(rows))


GammaRegression(2).fit([((0.3, -0.8), 1.2), ((-0.5, 0.1), 0.4), ((0.9, 0.6), 2.5)])
