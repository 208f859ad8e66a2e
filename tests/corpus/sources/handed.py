"""Operations of all kinds, on objects, views and lists."""
import math, copy
import numpy as np

class Layer:
    def __init__(self, w):
        self.w = w

    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.w)

x = np.arange(6.0, dtype=np.float32).reshape(2, 3)
layer = Layer(np.ones((3, 2)) * 0.1)
out = layer.forward(x)
out[0, ...] *= 2
view = out[:, 1]
out += 1
total = sum([v * 2 for v in view]) + math.exp(-0.5) ** 2
several = np.linalg.svd(out)[1].sum()
rows = [copy.copy(row) for row in x[::-1, range(2)]]
best = max(rows[0][0], 3, total)
