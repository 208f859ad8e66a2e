import numpy as np


def bn_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    inv = 1.0 / np.sqrt(x.var(axis=0) + eps)
    xhat = (x - mu) * inv
    return gamma * xhat + beta, (xhat, inv, gamma)


def bn_backward(dout, cache):
    xhat, inv, gamma = cache
    dgamma = (dout * xhat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dx = gamma * inv * (dout - dout.mean(axis=0) - xhat * (dout * xhat).mean(axis=0))
    return dx, dgamma, dbeta


rng = np.random.default_rng(21)
X = rng.normal(2.0, 3.0, size=(40, 3))
T = rng.normal(size=(40, 2))
W = rng.normal(size=(3, 4))
V = rng.normal(size=(4, 2)) * 0.5
gamma, beta = np.ones(4), np.zeros(4)

for it in range(150):
    a, cache = bn_forward(X @ W, gamma, beta)
    h = np.tanh(a)
    diff = h @ V - T
    dV = h.T @ diff / len(X)
    da = (diff @ V.T) * (1 - h * h) / len(X)
    dz, dgamma, dbeta = bn_backward(da, cache)
    dW = X.T @ dz
    V -= 0.1 * dV
    W -= 0.1 * dW
    gamma -= 0.1 * dgamma
    beta -= 0.1 * dbeta
    if it % 50 == 0:
        print("half mse", 0.5 * (diff ** 2).sum() / len(X))
