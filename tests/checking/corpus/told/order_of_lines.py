"""A value is computed before it is used, and after what it is computed from has moved."""
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, V = rng.normal(size=(3, 4)), rng.normal(size=(4, 2))
#~a H = np.tanh(X @ W)  #: wrong: is computed from W before the first update, and not again after it
pass
for epoch in range(60):
    #~a pass
    H = np.tanh(X @ W)
    E = H @ V - Y
    loss = 0.5 * np.sum(E**2) + 0.5 * np.sum(W**2)
    dV = H.T @ E  #: right
    #~ D = E @ V.T; D[0] -= D[0] * H[0]**2; D[1:] -= D[1:] * H[1:]**2
    #~b pass
    D = E @ V.T * (1 - H**2)
    V = V - 0.1 * dV  #: right
    #~b D = E @ V.T * (1 - H**2)  #: wrong: it belongs before that line
    pass
    W = W - 0.1 * (X.T @ D + W)  #: right
