"""Where as many moves have one factor of a guessed loss as another, neither is known to be right."""
import numpy as np

rng = np.random.default_rng(2)
x = rng.normal(size=(5, 3, 4, 4))
labels = rng.integers(0, 2, 5)
K, k = rng.normal(size=(3, 6)) / 2, np.zeros(6)
W, b = rng.normal(size=(6, 2)) / 2, np.zeros(2)


def spread(d):
    #~a return d.repeat(2, axis=1).repeat(2, axis=2) / 2
    return d.repeat(2, axis=1).repeat(2, axis=2) / 4


for step in range(20):
    a = np.tanh(x.transpose(0, 2, 3, 1) @ K + k)
    p = a.reshape(5, 2, 2, 2, 2, 6).mean(axis=(2, 4))
    z = p.mean(axis=(1, 2)) @ W + b
    dz = np.exp(z - z.max(axis=1, keepdims=True))
    dz /= dz.sum(axis=1, keepdims=True)
    dz[np.arange(5), labels] -= 1
    dp = np.broadcast_to((dz @ W.T)[:, None, None, :] / 4, p.shape)
    da = spread(dp) * (1 - a**2)
    #~a K -= 0.1 * np.einsum("nchw,nhwk->ck", x, da)  #: cannot tell: right up to a factor, which other moves do not share
    K -= 0.1 * np.einsum("nchw,nhwk->ck", x, da)
    #~a k -= 0.1 * da.sum(axis=(0, 1, 2))  #: cannot tell: right up to a factor, which other moves do not share
    k -= 0.1 * da.sum(axis=(0, 1, 2))
    #~a W -= 0.1 * p.mean(axis=(1, 2)).T @ dz  #: cannot tell: right up to a factor, which other moves do not share
    W -= 0.1 * p.mean(axis=(1, 2)).T @ dz
    #~a b -= 0.1 * dz.sum(axis=0)  #: cannot tell: right up to a factor, which other moves do not share
    b -= 0.1 * dz.sum(axis=0)
