"""Weights that decay in a list; a factor missing in a gradient that runs back through layers."""
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


rng = np.random.default_rng(2)
sizes = [4, 5, 3]
biases = [rng.normal(size=(n, 1)) for n in sizes[1:]]
weights = [rng.normal(size=(n, m)) for m, n in zip(sizes, sizes[1:])]
for step in range(4):
    x, y = rng.normal(size=(4, 1)), np.eye(3)[:, [step % 3]]
    kept, zs = [x], []
    for b, w in zip(biases, weights):
        zs.append(w @ kept[-1] + b)
        kept.append(sigmoid(zs[-1]))
    nabla_b, nabla_w = [0, 0], [0, 0]
    delta = kept[-1] - y
    nabla_b[-1] = delta
    nabla_w[-1] = delta @ kept[-2].T
    for k in range(2, 3):
        z = zs[-k]
        slope = sigmoid(z) * (1 - sigmoid(z))
        #~ delta = weights[-k + 1].T @ delta  #: wrong: the factor slope is left out
        delta = weights[-k + 1].T @ delta * slope
        nabla_b[-k] = delta
        nabla_w[-k] = delta @ kept[-k - 1].T
    weights = [(1 - 0.5 * 0.01) * w - 0.5 * nw for w, nw in zip(weights, nabla_w)]
    biases = [b - 0.5 * nb for b, nb in zip(biases, nabla_b)]
