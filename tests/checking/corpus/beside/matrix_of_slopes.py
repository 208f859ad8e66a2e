import numpy as np


def softmax(x):
    return np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True)


def softmax_derivative(x):
    return softmax(x) * (1 - softmax(x))
