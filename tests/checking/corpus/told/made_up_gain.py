"""Passes without an example: arguments are made up that fit."""
import numpy as np


def scaled_forward(x, gamma):
    return np.tanh(x) * gamma, (np.tanh(x), gamma)


def scaled_backward(dout, cache):
    y, gamma = cache
    dgamma = (dout * y).sum(axis=0)
    dx = dout * gamma * (1 - y * y)
    return dx, dgamma
