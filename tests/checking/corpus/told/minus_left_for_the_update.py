"""A minus that is left for the update is no mistake."""
import numpy as np
rng = np.random.default_rng(1)
X, y = rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 1))
for _ in range(50):
    h = np.tanh(X @ W)
    out = h @ V
    loss = np.sum((y - out) ** 2)
    #~ delta = 2 * (y - out)
    delta = (y - out)
    dV = h.T @ delta  #: scaled
    dW = X.T @ (delta @ V.T * (1 - h ** 2))  #: scaled
    V += 0.1 * dV  #: scaled
    W += 0.1 * dW  #: scaled
