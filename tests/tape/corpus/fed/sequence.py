"""Fed: Recurrent.backward."""
import numpy as np

class Recurrent:
    def __init__(self, input_dim, hidden_dim):
        self.Wx = np.random.randn(input_dim, hidden_dim)
        self.Wh = np.random.randn(hidden_dim, hidden_dim)
    def forward(self, x):
        B, T, D = x.shape
        self.x, self.h = x, np.zeros((B, T + 1, len(self.Wh)))
        for t in range(T):
            self.h[:, t] = np.tanh(x[:, t] @ self.Wx + self.h[:, t - 1] @ self.Wh)
        return self.h[:, :T]
    def backward(self, dh):
        self.dWx = np.zeros_like(self.Wx)
        for t in range(dh.shape[1]):
            self.dWx += self.x[:, t].T @ (dh[:, t] * (1 - self.h[:, t] ** 2))
        return dh
