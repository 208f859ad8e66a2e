"""A rule that climbs what is to be large is named; a cost is not climbed."""
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
params, state = [W, b], [[np.zeros_like(p), np.zeros_like(p)] for p in (W, b)]
for t in range(1, 60):
    error = X @ W + b - Y
    #~a loss = -np.mean(error**2)
    #~b loss = -np.mean(error**2)
    #~c loss = -np.mean(error**2)
    score = -np.mean(error**2)
    grads = [-2 * X.T @ error / error.size, -2 * error.sum(axis=0) / error.size]
    for p, g, (m, v) in zip(params, grads, state):
        #~ m[...] = 0.9 * m + 0.1 * g; p += m  #: right: a step of momentum, up the right gradient: it is climbed, as a likelihood is
        #~ m += 0.1 * (g - m); v += 0.01 * (g * g - v); p += 0.01 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)  #: right: a step of Adam, up the right gradient: it is climbed, as a likelihood is
        #~a v[...] = 0.9 * v + 0.1 * g * g; p += 0.01 * g / np.sqrt(v + 1e-7)  #: cannot tell
        #~b m[...] = 0.9 * m + 0.1 * g; p += m  #: follows, wrong
        #~c m += 0.1 * (g - m); v += 0.01 * (g * g - v); p += 0.01 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)  #: cannot tell
        v[...] = 0.9 * v + 0.1 * g * g; p += 0.01 * g / np.sqrt(v + 1e-7)  #: right: a step of RMSProp, up the right gradient: it is climbed, as a likelihood is
