"""Classes and functions of losses with their derivatives: predictions lie between 0 and 1."""
import numpy as np


class Huber:
    def __init__(self, delta=1.0):
        self.delta = delta

    def loss(self, y_true, y_pred):
        r = np.abs(y_pred - y_true)
        far = self.delta * (r - 0.5 * self.delta)
        return np.mean(np.where(r <= self.delta, 0.5 * r ** 2, far))

    def gradient(self, y_true, y_pred):
        #~ r = y_true - y_pred  #: wrong: the sign is wrong
        r = y_pred - y_true
        return np.clip(r, -self.delta, self.delta) / r.size  #: right


class BinaryCrossEntropy:
    eps = 1e-12

    def loss(self, y_true, y_pred):
        p = np.clip(y_pred, self.eps, 1 - self.eps)
        return -np.mean(y_true * np.log(p) + (1 - y_true) * np.log(1 - p))

    def gradient(self, y_true, y_pred):
        p = np.clip(y_pred, self.eps, 1 - self.eps)
        #~ return (p - y_true) / (p * (1 - p))  #: wrong
        return (p - y_true) / (p * (1 - p)) / y_true.size  #: right


def cross_entropy(y_true, y_pred):
    return -np.sum(y_true * np.log(y_pred)) / y_true.shape[0]


def cross_entropy_grad(y_true, y_pred):
    #~ return y_true / y_pred / y_true.shape[0]  #: wrong: the sign is wrong
    return -y_true / y_pred / y_true.shape[0]  #: right
