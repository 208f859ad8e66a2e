import numpy as np


def layernorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(-1, keepdims=True)
    var = x.var(-1, keepdims=True)
    rstd = 1.0 / np.sqrt(var + eps)
    xhat = (x - mu) * rstd
    return xhat * gamma + beta, (xhat, rstd, gamma)


def layernorm_backward(dout, cache):
    xhat, rstd, gamma = cache
    # wrong: dgamma = (dout * xhat).mean(axis=(0, 1)) :: mean|averag|sum
    dgamma = (dout * xhat).sum(axis=(0, 1))
    dbeta = dout.sum(axis=(0, 1))
    # wrong: g = dout :: gamma
    g = dout * gamma
    # wrong: dx = rstd * (g - xhat * (g * xhat).mean(-1, keepdims=True)) :: mean|term
    # wrong: dx = rstd * (g - g.mean(-1, keepdims=True)) :: term|xhat
    # wrong: dx = rstd * (g - g.mean(-1, keepdims=True) - xhat * (g * xhat).sum(-1, keepdims=True)) :: sum|mean|averag
    # wrong: dx = rstd * (g - g.mean(-1, keepdims=True) - xhat * (dout * xhat).mean(-1, keepdims=True)) :: dout|g\b
    dx = rstd * (g - g.mean(-1, keepdims=True) - xhat * (g * xhat).mean(-1, keepdims=True))
    return dx, dgamma, dbeta


def example():
    rng = np.random.default_rng(2)
    return rng.normal(size=(2, 3, 5)), rng.normal(size=5), rng.normal(size=5)
