"""Right moves that are cut with wrong ones to a common length do not hide the mistake."""
import numpy as np

rng = np.random.default_rng(5)
X, Y = rng.normal(size=(7, 2)), rng.normal(size=(7, 1))
U, V, c = rng.normal(size=(2, 3)), rng.normal(size=(3, 3)), np.zeros(3)
W = rng.normal(size=(3, 1))
for step in range(30):
    h = np.zeros((8, 3))
    for t in range(7):
        h[t + 1] = np.tanh(X[t] @ U + h[t] @ V + c)
    error = h[1:] @ W - Y
    loss = 0.5 * np.sum(error**2) / len(Y)
    error = error / len(Y)
    dW = h[1:].T @ error
    dU, dV, dc, later = np.zeros_like(U), np.zeros_like(V), np.zeros_like(c), np.zeros(3)
    for t in reversed(range(7)):
        #~ da = (W @ error[t] + later) * (1 - h[t] ** 2)  #: wrong: da = (W @ error[t] + later) * (1 - h[t + 1] ** 2)
        da = (W @ error[t] + later) * (1 - h[t + 1] ** 2)
        dU += np.outer(X[t], da)
        dV += np.outer(h[t], da)
        dc += da
        later = V @ da
    length = np.sqrt(sum(np.sum(g * g) for g in (dU, dV, dc, dW)))
    cut = min(1.0, 0.1 / (length + 1e-12))
    U -= 0.3 * cut * dU
    V -= 0.3 * cut * dV
    c -= 0.3 * cut * dc
    W -= 0.3 * cut * dW
