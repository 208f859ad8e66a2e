"""A branch that no sample takes is run with other numbers: Huber's loss far from the target."""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=6)
Y = 0.3 * X + 0.1 + 0.05 * rng.normal(size=6)
w, b, delta, lr = 0.1, 0.0, 2.0, 0.1
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
