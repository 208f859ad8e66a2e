"""Fed: train."""
import numpy as np


weights = []
def init(sizes=[2, 3, 1]):
    global sizes_now
    sizes_now = sizes
    for n, m in zip(sizes, sizes[1:]):
        weights.append(np.ones((n, m)))
def train(x, y):
    h = x
    for w in weights:
        h = h @ w
    delta = h - y
    for k in range(len(sizes_now) - 1):
        weights[k] -= 0.1 * delta.sum()
