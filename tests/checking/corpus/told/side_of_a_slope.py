"""What follows a return that is always taken is run with other numbers, too."""
import numpy as np

rng = np.random.default_rng(1)
X = np.abs(rng.normal(size=(5, 2)))
T = X @ np.array([1.0, 2.0])


def leaky(z):
    if z > 0:
        return z
    return 0.1 * z


def slope(z):
    if z > 0:
        return 1.0
    #~ return -0.1  #: wrong
    return 0.1


w1, w2, b, v, c = 0.5, 0.4, 0.3, 0.7, 0.0
for epoch in range(4):
    for (x1, x2), t in zip(X, T):
        z = w1 * x1 + w2 * x2 + b
        h = leaky(z)
        y = v * h + c
        loss = (y - t) ** 2
        dy = 2 * (y - t)
        dz = dy * v * slope(z)
        w1 -= 0.01 * dz * x1
        w2 -= 0.01 * dz * x2
        b -= 0.01 * dz
        v -= 0.01 * dy * h
        c -= 0.01 * dy
