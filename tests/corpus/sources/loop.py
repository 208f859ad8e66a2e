"""A filter, moved over a picture by loops."""
import numpy as np
rng = np.random.default_rng(0)
x, target = rng.normal(size=(4, 4)), 1.0
k = rng.normal(size=(2, 2)) * 0.3
def relu(a):
    s = np.maximum(a, 0)
    return s
for it in range(3):
    out = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            out[i, j] = np.sum(x[i:i+2, j:j+2] * k)
    a = relu(out)
    y_pred = relu(a).sum()
    da = 2 * (y_pred - target) * np.ones((3, 3))
    dout = da * (out > 0)
    dk = np.zeros((2, 2))
    for i in range(3):
        for j in range(3):
            dk += dout[i, j] * x[i:i+2, j:j+2]
    k -= 0.1 * dk
