"""Fed: Model.train."""
import numpy as np


class Model:
    def __init__(self, words, hidden_dim=100, bptt_truncate=4):
        self.words, self.truncate = words, bptt_truncate
        self.U, self.W = np.ones((hidden_dim, words)), np.ones((hidden_dim, hidden_dim))
    def forward(self, x):
        xs, hs = {}, {-1: np.zeros(self.W.shape[0])}
        for t in range(len(x)):
            xs[t] = np.zeros(self.words)
            xs[t][x[t]] = 1
            hs[t] = np.tanh(self.U @ xs[t] + self.W @ hs[t - 1])
        return xs, hs
    def train(self, X, Y):
        for x, y in zip(X, Y):
            assert len(x) == len(y)
            xs, hs = self.forward(x)
            for t in range(len(y)):
                dh = hs[t].copy()
                dh[y[t]] -= 1
                for i in range(t, max(-1, t - self.truncate), -1):
                    self.U -= 0.1 * np.outer(dh, xs[i])
