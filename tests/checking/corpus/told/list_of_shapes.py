"""A gradient with the name of a list of arrays of several shapes is not compared with the list."""
import numpy as np

rng = np.random.default_rng(3)
x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 1))
net = [rng.normal(size=(3, 4)), np.zeros(4), rng.normal(size=(4, 1))]
for step in range(9):
    h = np.tanh(x @ net[0] + net[1])
    error = h @ net[2] - y
    loss = np.mean(error**2)
    d_net = 2 * error / len(y)
    dh = d_net @ net[2].T * (1 - h**2)
    grads = [x.T @ dh, dh.sum(axis=0), h.T @ d_net]
    for k, g in enumerate(grads):
        net[k] = net[k] - 0.1 * g
