"""A step by the rule of a known optimizer is right and named; spoilt, it is not."""
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
params, state = [W, b], [[np.zeros_like(p) for _ in range(3)] for p in (W, b)]
for t in range(1, 60):
    error = X @ W + b - Y
    loss = np.mean(error**2)
    grads = [2 * X.T @ error / error.size, 2 * error.sum(axis=0) / error.size]
    for p, g, (m, v, w) in zip(params, grads, state):
        #~ m += 0.1 * (g - m); v += 0.01 * (g * g - v); p -= 0.01 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)  #: right: a step of Adam, down the right gradient
        #~ m += 0.1 * (g - m); v += 0.01 * (g * g - v); p -= 0.01 * (0.9 * m + 0.1 * g) / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)  #: right: a step of Nadam, down the right gradient
        #~ m += 0.1 * (g - m); w += 0.01 * (g * g - w); v[...] = np.maximum(v, w); p -= 0.01 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)  #: right: a step of AMSGrad with bias correction, down the right gradient
        #~ m[...] = 0.9 * m + 0.1 * g; v[...] = 0.99 * v + 0.01 * g**2; p -= 0.01 * m / (np.sqrt(v) + 1e-6)  #: right: a step of Adam without bias correction, down the right gradient
        #~ v[...] = m; m[...] = 0.8 * m - 0.1 * g; p += 1.8 * m - 0.8 * v  #: right: a step of Nesterov momentum, down the right gradient
        #~ v[...] = 0.9 * v + 0.1 * g * g; p -= 0.01 * g / np.sqrt(v + 1e-7)  #: right: a step of RMSProp, down the right gradient
        #~ m[...] = 0.9 * m - 0.1 * g; p += m  #: right: a step of momentum, down the right gradient
        #~ p -= 0.01 * np.sign(g)  #: right: a step of sign descent, down the right gradient
        #~ m += 0.1 * (g - m); v += 0.01 * (g * g - v); p -= 0.001 * p + 0.01 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)
        #~ m[...] = 0.9 * m - 0.1 * (g + 0.1 * p); p += m
        #~ g = g * min(1.0, 1.5 / np.linalg.norm(g)); p -= 0.1 * g
        #~ g = g * min(1.0, 0.1 / np.sqrt(np.sum(g**2))); p -= 0.1 * g
        #~ g = np.clip(g, -0.1, 0.1); v += g**2; p -= 0.1 * g / (np.sqrt(v) + 1e-8)  #: right: a step of AdaGrad, down the right gradient
        #~ p -= 0.1 * np.tanh(g)  #: cannot tell: its gradient is right, but no optimizer that is known makes such a step
        #~ m[...] = -0.9 * m - 0.1 * g; p += m  #: follows, wrong
        #~ m += 0.1 * (g - m); v += 0.01 * (g * g - v); p -= 0.01 * m / (1 - 0.9 * t) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)  #: cannot tell
        #~ m += 0.1 * (g - m); v += 0.01 * (g * g - v); p -= 0.01 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)  #: cannot tell
        v += g**2; p -= 0.1 * g / (np.sqrt(v) + 1e-8)  #: right: a step of AdaGrad, down the right gradient
