"""Passes without an example: arguments are made up that fit."""
import numpy as np


class SmoothedCrossEntropy:
    """Cross entropy.  logits: (N, C), labels: (N,) of class ids."""

    def __init__(self, rate=0.1):
        self.rate = rate

    def forward(self, logits, labels):
        z = logits - logits.max(axis=1, keepdims=True)
        logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        n, c = logits.shape
        q = np.full((n, c), self.rate / c)
        q[np.arange(n), labels] += 1 - self.rate
        self.p, self.q, self.n = np.exp(logp), q, n
        return -(q * logp).sum() / n

    def backward(self, dloss=1.0):
        #~ return dloss * (self.p - self.q)  #: wrong
        return dloss * (self.p - self.q) / self.n
