"""A count that one line reads is wrong where it is computed; a size equal by chance is no correction."""
import numpy as np


def norm_forward(x, gamma, G):
    N, C, H, W = x.shape
    xg = x.reshape(N, G, -1)
    mean, var = xg.mean(axis=2, keepdims=True), xg.var(axis=2, keepdims=True)
    std = np.sqrt(var + 1e-5)
    xhat = ((xg - mean) / std).reshape(x.shape)
    return xhat * gamma[:, None, None], (xhat, std, gamma, G)


def norm_backward(dout, cache):
    xhat, std, gamma, G = cache
    N, C, H, W = dout.shape
    #~ m = C * H * W  #: wrong: m = C * H * W // G
    #~b m = H * W
    m = C // G * H * W
    dgamma = np.sum(dout * xhat, axis=(0, 2, 3))
    d = (dout * gamma[:, None, None]).reshape(N, G, -1)
    xh = xhat.reshape(N, G, -1)
    s1, s2 = d.sum(axis=2, keepdims=True), (d * xh).sum(axis=2, keepdims=True)
    #~b dx = (m * d - s1 - xh * s2) / (m * std)  #: wrong: m is the wrong count: d.shape[2]
    dx = (m * d - s1 - xh * s2) / (m * std)
    return dx.reshape(dout.shape), dgamma


rng = np.random.default_rng(0)
norm_forward(rng.normal(size=(2, 6, 3, 4)), rng.normal(size=6), 2)
