"""A loop inside a step is never cut, and no error of it is reported."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
layers = [rng.normal(size=(3, 3)) for _ in range(6)]
for epoch in range(50):
    acts, grads = [X], {}
    for V in layers:
        acts.append(np.tanh(acts[-1] @ V))
    loss = 0.5 * (acts[-1] ** 2).sum()
    d = acts[-1]
    for k in range(5, -1, -1):
        d = d * (1 - acts[k + 1] ** 2)
        grads[k] = acts[k].T @ d
        d = d @ layers[k].T
    for k in range(6):
        layers[k] = layers[k] - 0.1 * grads[k]  #: right
print([0, 1][len(acts)])
