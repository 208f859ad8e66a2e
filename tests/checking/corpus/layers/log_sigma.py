import numpy as np


def nll_forward(mu, log_sigma, y):
    sigma = np.exp(log_sigma)
    z = (y - mu) / sigma
    return np.mean(0.5 * z ** 2 + log_sigma), (mu, log_sigma, y, sigma, z)


def nll_backward(dloss, cache):
    mu, log_sigma, y, sigma, z = cache
    n = z.size
    # wrong: dmu = -dloss * z / n :: sigma
    dmu = -dloss * z / sigma / n
    # wrong: dlog_sigma = dloss * (1 - z ** 2) / sigma / n :: sigma|log
    dlog_sigma = dloss * (1 - z ** 2) / n
    dy = -dmu
    return dmu, dlog_sigma, dy


def example():
    rng = np.random.default_rng(14)
    return rng.normal(size=(3, 4)), rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
