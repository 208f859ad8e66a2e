"""A batch that is divided by its own length is right, by that of others not."""
import numpy as np
rng = np.random.default_rng(0)
#~a X, w = rng.normal(size=(8, 3)), rng.normal(size=3)
#~b X, w = rng.normal(size=(10, 3)), rng.normal(size=3)
#~c X, w = rng.normal(size=(21, 3)), rng.normal(size=3)
#~d X, w = rng.normal(size=(10, 3)), rng.normal(size=3)
#~e X, w = rng.normal(size=(21, 3)), rng.normal(size=3)
X, w = rng.normal(size=(9, 3)), rng.normal(size=3)
#~a y = rng.normal(size=8)
#~b y = rng.normal(size=10)
#~c y = rng.normal(size=21)
#~d y = rng.normal(size=10)
#~e y = rng.normal(size=21)
y = rng.normal(size=9)
for epoch in range(30):
    for s in range(0, len(X), 4):
        x, t = X[s:s + 4], y[s:s + 4]
        loss = ((x @ w - t) ** 2).mean()
        #~ dw = 2 * x.T @ (x @ w - t) / 4  #: cannot tell
        #~d dw = 2 * x.T @ (x @ w - t) / 4  #: cannot tell
        #~e dw = 2 * x.T @ (x @ w - t) / 4  #: cannot tell
        dw = 2 * x.T @ (x @ w - t) / len(x)  #: right
        w -= 0.1 * dw  #: right
