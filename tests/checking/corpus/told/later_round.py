"""What a later round hands on may be what is left out."""
import numpy as np
rng = np.random.default_rng(1)
x, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
U, W, rate = rng.normal(size=(4, 2)), rng.normal(size=(4, 4)) / 2, 0.05
V = rng.normal(size=(3, 4))
for epoch in range(20):
    s = {-1: np.zeros(4)}
    loss = 0.0
    for t in range(5):
        s[t] = np.tanh(U @ x[t] + W @ s[t - 1])
        loss += 0.5 * np.sum((V @ s[t] - y[t]) ** 2)
    dU, dW, dV, ds_next = np.zeros((4, 2)), np.zeros((4, 4)), np.zeros((3, 4)), np.zeros(4)
    for t in reversed(range(5)):
        dy = V @ s[t] - y[t]  #: right
        dV += np.outer(dy, s[t])  #: right
        #~ ds = V.T @ dy  #: wrong: ds = V.T @ dy + ds_next
        ds = V.T @ dy + ds_next
        dz = ds * (1 - s[t] ** 2)
        dU += np.outer(dz, x[t])  #: right
        dW += np.outer(dz, s[t - 1])  #: right
        ds_next = W.T @ dz
    U -= rate * dU  #: right
    W -= rate * dW  #: right
    V -= rate * dV  #: right
