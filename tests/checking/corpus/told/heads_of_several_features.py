"""Heads with several features each are made up: with one, no scale would show."""
import numpy as np

class Heads:
    def __init__(self, d_model, n_heads):
        assert d_model % n_heads == 0
        self.n, self.d = n_heads, d_model // n_heads
        self.Wk = np.random.randn(d_model, d_model) / np.sqrt(d_model)
        self.Wv = np.random.randn(d_model, d_model) / np.sqrt(d_model)

    def forward(self, x):
        B, T, C = x.shape
        self.x = x
        split = lambda y: y.reshape(B, T, self.n, self.d).transpose(0, 2, 1, 3)
        self.k, self.v = split(x @ self.Wk), split(x @ self.Wv)
        self.scale = 1 / np.sqrt(self.d)
        scores = self.k @ self.k.transpose(0, 1, 3, 2) * self.scale
        e = np.exp(scores - scores.max(axis=-1, keepdims=True))
        self.a = e / e.sum(axis=-1, keepdims=True)
        return (self.a @ self.v).transpose(0, 2, 1, 3).reshape(B, T, C)

    def backward(self, dout):
        B, T, C = self.x.shape
        do = dout.reshape(B, T, self.n, self.d).transpose(0, 2, 1, 3)
        #~ dv = self.a @ do  #: wrong: uses self.a where self.a.swapaxes(-1, -2) belongs
        dv = self.a.transpose(0, 1, 3, 2) @ do
        da = do @ self.v.transpose(0, 1, 3, 2)
        ds = self.a * (da - (da * self.a).sum(axis=-1, keepdims=True)) * self.scale
        dk = ds @ self.k + ds.transpose(0, 1, 3, 2) @ self.k
        merge = lambda y: y.transpose(0, 2, 1, 3).reshape(B, T, C)
        dk, dv = merge(dk), merge(dv)
        self.dWk = np.einsum("btc,btd->cd", self.x, dk)  #: right
        self.dWv = np.einsum("btc,btd->cd", self.x, dv)  #: right
        return dk @ self.Wk.T + dv @ self.Wv.T
