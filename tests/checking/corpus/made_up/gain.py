import numpy as np


def scaled_forward(x, gamma):
    return np.tanh(x) * gamma, (np.tanh(x), gamma)


def scaled_backward(dout, cache):
    y, gamma = cache
    # wrong: dgamma = dout * y :: open
    dgamma = (dout * y).sum(axis=0)
    dx = dout * gamma * (1 - y * y)
    return dx, dgamma
