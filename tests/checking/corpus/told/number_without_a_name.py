"""A number without a name convicts by an edit that mends all."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
def teach(x, t):
    global W, b
    a = np.tanh(x @ W + b)
    fehl = a - t
    back = fehl + (1 - a * a)  #: wrong: back = fehl * (1 - a * a)
    W = W - 0.1 * np.outer(x, back)  #: follows
    b = b - 0.1 * back  #: follows
    return 0.5 * fehl @ fehl
for epoch in range(5):
    print(sum(teach(x, t) for x, t in zip(X, y)))
