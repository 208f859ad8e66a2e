"""Pairs that nothing calls are right, and a mistake in one of them is wrong on its line."""
import numpy as np

def norm_forward(x, gamma, beta, eps=1e-5):
    mean, var = x.mean(axis=0), x.var(axis=0)
    std = np.sqrt(var + eps)
    normed = (x - mean) / std
    return gamma * normed + beta, (normed, std, gamma)

def norm_backward(dout, cache):
    normed, std, gamma = cache
    #~ dgamma = (dout * gamma).sum(axis=0)  #: wrong
    dgamma = (dout * normed).sum(axis=0)  #: right
    #~ dbeta = dout.mean(axis=0)  #: wrong
    dbeta = dout.sum(axis=0)  #: right
    d = dout * gamma
    #~ dx = (d - d.mean(axis=0) - normed * (d * normed).sum(axis=0)) / std  #: wrong
    dx = (d - d.mean(axis=0) - normed * (d * normed).mean(axis=0)) / std  #: right
    return dx, dgamma, dbeta

class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, x):
        self.x = x
        return x @ self.W + self.b
    def backward(self, grad_output):
        #~ self.dW = (self.x ** 2).T @ grad_output  #: wrong
        self.dW = self.x.T @ grad_output  #: right
        #~ self.db = grad_output.mean(axis=0)  #: wrong
        self.db = grad_output.sum(axis=0)  #: right
        return grad_output @ self.W.T  #: right
