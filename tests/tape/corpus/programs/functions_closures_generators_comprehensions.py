"""Functions, closures, generators, comprehensions; `seed` is where it starts."""
import functools
import numpy as np
seed = 0.5
def sigmoid(x, deriv=False):
    'Of x.'
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))
def make(rate):
    def step(w, g):
        return w - rate * g
    return step
def batches(X, n):
    for i in range(0, len(X), n):
        yield X[i:i + n]
step = make(0.1)
X = np.arange(8.0).reshape(4, 2) * seed
out = [sigmoid(b) for b in batches(X, 3)]
w = functools.reduce(lambda a, b: a + b.sum(), out, 0.0)
w = step(w, sigmoid(w, True))
both = functools.partial(np.sum, axis=0)(X)
pairs = [a * b for a, b in X if a > 0.5]
n = 0
while (n := n + 1) < 3:
    w = w * 0.5
v = w if 0 < w < 9 else -w
def last(v, *more, k=2, **others):
    return v * k
y = last(v, 1, k=3)
