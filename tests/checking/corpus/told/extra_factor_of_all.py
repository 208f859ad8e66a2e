"""A factor in all gradients that differs from step to step is no other loss, climbed."""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=20)
Y = 0.3 * X + 0.1 + 0.05 * rng.normal(size=20)
w, b, delta, lr = 0.1, 0.0, 0.05, 0.1
for epoch in range(9):
    for x, y in zip(X, Y):
        e = w * x + b - y
        if abs(e) <= delta:
            loss = 0.5 * e**2
            g = e
        else:
            loss = delta * (abs(e) - 0.5 * delta)
            #~ g = delta * np.sign(e) * e  #: wrong: multiplies by e, which does not belong there
            g = delta * np.sign(e)
        w -= lr * g * x
        b -= lr * g
