import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    mu = x.mean(axis=0)
    xc = x - mu
    var = (xc ** 2).mean(axis=0)
    std = np.sqrt(var + eps)
    xhat = xc / std
    return gamma * xhat + beta, (xhat, xc, std, gamma)


def batchnorm_backward(dout, cache):
    xhat, xc, std, gamma = cache
    N = dout.shape[0]
    dbeta = dout.sum(axis=0)
    # wrong: dgamma = (dout * xc).sum(axis=0) :: xhat
    dgamma = (dout * xhat).sum(axis=0)
    # wrong: dxhat = dout :: gamma
    dxhat = dout * gamma
    # wrong: dstd = -(dxhat * xc).sum(axis=0) / std :: std|power|square|xhat
    dstd = -(dxhat * xc).sum(axis=0) / std ** 2
    # wrong: dvar = dstd / std :: 0.5|2|half
    dvar = 0.5 * dstd / std
    # wrong: dxc = dxhat / std + 2 * xc * dvar :: N|mean|1/
    dxc = dxhat / std + 2 * xc * dvar / N
    # wrong: dmu = dxhat.sum(axis=0) :: dxc
    dmu = dxc.sum(axis=0)
    dx = dxc - dmu / N
    return dx, dgamma, dbeta


def example():
    rng = np.random.default_rng(1)
    return rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=3)
