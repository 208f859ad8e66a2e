"""Gradients in a list or a dict by joined names; passes that are called fwd and bwd."""
import numpy as np


def fwd(x, scale, shift):
    centred = x - x.mean(-1, keepdims=True)
    rstd = (np.square(centred).mean(-1, keepdims=True) + 1e-5) ** -0.5
    return centred * rstd * scale + shift, (centred, rstd, scale)


def bwd(res, g):
    centred, rstd, scale = res
    g_shift = g.sum(axis=0)  #: right
    #~ g_scale = (g * centred).sum(axis=0)  #: wrong: the factor rstd is left out
    g_scale = (g * centred * rstd).sum(axis=0)  #: right
    g_rstd = (g * scale * centred).sum(-1, keepdims=True)
    g_centred = g * scale * rstd - g_rstd * rstd**3 * centred / centred.shape[-1]
    g_x = g_centred - g_centred.mean(-1, keepdims=True)  #: right
    return g_x, g_scale, g_shift


class Gates:
    def __init__(self, n_in, n_out):
        self.W = {k: np.random.randn(n_in, n_out) for k in "rz"}
        self.b = {k: np.random.randn(n_out) for k in "rz"}
        self.grads = {}

    def forward(self, x):
        r, z = (np.tanh(x @ self.W[k] + self.b[k]) for k in "rz")
        self.cache = (x, r, z)
        return r * z

    def backward(self, dh):
        x, r, z = self.cache
        ar = dh * z * (1 - r**2)
        #~ az = dh * r * (1 - r**2)  #: wrong: uses r where z belongs
        az = dh * r * (1 - z**2)
        for k, a in (("r", ar), ("z", az)):
            self.grads["W" + k] = x.T @ a
            self.grads["b" + k] = a.sum(0)
        return ar @ self.W["r"].T + az @ self.W["z"].T  #: right


class PReLU:
    def __init__(self, channels, init=0.25):
        self.a, self.cache, self.grads = np.full((channels, 1, 1), init), None, []

    def forward(self, x):
        y = np.where(x > 0, x, self.a * x)
        self.cache = (x, y)
        return y

    def backward(self, dout):
        x, y = self.cache
        #~ da = np.sum(dout * y * (x <= 0), axis=(0, 2, 3))  #: wrong: uses y where x belongs
        da = np.sum(dout * x * (x <= 0), axis=(0, 2, 3))
        self.grads = [da.reshape(self.a.shape)]  #: right
        return dout * np.where(x <= 0, self.a, 1.0)  #: right
