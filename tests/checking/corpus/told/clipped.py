"""A right gradient that is clipped for one parameter is right: clipping is what an optimizer does."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
u = v = 0.5
for k in range(9):
    x = rng.uniform()
    error = u * x + v - 2 * x - 1
    loss = abs(error)
    sign = 1.0 if error > 0 else -1.0
    g = sign * x
    #~ u -= 0.1 * max(-0.1, min(0.1, g))  #: right
    u -= 0.1 * np.clip(g, -0.1, 0.1)  #: right
    v -= 0.1 * sign  #: right
