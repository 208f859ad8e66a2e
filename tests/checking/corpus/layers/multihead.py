import numpy as np


class MultiHead:
    def __init__(self, d, h):
        rng = np.random.default_rng(5)
        self.h, self.dh = h, d // h
        self.Wq, self.Wk, self.Wv, self.Wo = (rng.normal(size=(d, d)) / np.sqrt(d) for _ in range(4))

    def split(self, x):
        T = x.shape[0]
        return x.reshape(T, self.h, self.dh).transpose(1, 0, 2)

    def merge(self, x):
        return x.transpose(1, 0, 2).reshape(x.shape[1], self.h * self.dh)

    def forward(self, x):
        self.x = x
        self.q, self.k, self.v = self.split(x @ self.Wq), self.split(x @ self.Wk), self.split(x @ self.Wv)
        s = self.q @ self.k.transpose(0, 2, 1) / np.sqrt(self.dh)
        e = np.exp(s - s.max(axis=-1, keepdims=True))
        self.a = e / e.sum(axis=-1, keepdims=True)
        self.o = self.merge(self.a @ self.v)
        return self.o @ self.Wo

    def backward(self, dout):
        self.dWo = self.o.T @ dout
        do = self.split(dout @ self.Wo.T)
        # wrong: dv = self.a @ do :: transpos|swapaxes
        dv = self.a.transpose(0, 2, 1) @ do
        da = do @ self.v.transpose(0, 2, 1)
        ds = self.a * (da - (da * self.a).sum(axis=-1, keepdims=True)) / np.sqrt(self.dh)
        dq = self.merge(ds @ self.k)
        dk = self.merge(ds.transpose(0, 2, 1) @ self.q)
        dv = self.merge(dv)
        self.dWq = self.x.T @ dq
        # wrong: self.dWk = self.x.T @ dq :: dk
        self.dWk = self.x.T @ dk
        self.dWv = self.x.T @ dv
        # wrong: return dq @ self.Wq.T + dk @ self.Wk.T :: dv|Wv|term
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T


def make():
    return MultiHead(6, 2)


def example():
    return (np.random.default_rng(6).normal(size=(4, 6)),)
