"""Layers in pairs: a forward function that keeps a cache, a backward one that takes dout and it."""

import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, _ = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = np.where(x > 0, dout, 0)
    return dx


def batchnorm_forward(x, gamma, beta):
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    std = np.sqrt(var + 1e-5)
    xhat = (x - mu) / std
    out = gamma * xhat + beta
    return out, (xhat, std, gamma)


def batchnorm_backward(dout, cache):
    xhat, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dx = (N * dxhat - dxhat.sum(axis=0) - xhat * (dxhat * xhat).sum(axis=0)) / (N * std)
    return dx, dgamma, dbeta


rng = np.random.default_rng(0)
x = rng.normal(size=(5, 4))
w = rng.normal(size=(4, 3))
b, gamma, beta = np.zeros(3), np.ones(3), np.zeros(3)
target = rng.normal(size=(5, 3))

for _ in range(100):
    affine, affine_cache = affine_forward(x, w, b)
    normal, normal_cache = batchnorm_forward(affine, gamma, beta)
    out, relu_cache = relu_forward(normal)
    loss = np.sum((out - target) ** 2) / len(x)

    dout = 2 * (out - target) / len(x)
    dnormal = relu_backward(dout, relu_cache)
    daffine, dgamma, dbeta = batchnorm_backward(dnormal, normal_cache)
    dx, dw, db = affine_backward(daffine, affine_cache)
    w -= 0.1 * dw
    b -= 0.1 * db
    gamma -= 0.1 * dgamma
    beta -= 0.1 * dbeta

if __name__ == "__main__":
    print(f"loss {loss:.4f}")
