import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(4, 2)), rng.normal(size=(4, 1))
W1, W2 = rng.normal(size=(2, 3)), rng.normal(size=(3, 1))
for epoch in range(3):
    h = np.tanh(X @ W1)
    out = h @ W2
    loss = np.sum((out - y) ** 2)
    dout = 2 * (out - y)
    dW2 = h.T @ out
    dh = dout @ W2.T
    dW1 = X.T @ (dh * (1 + h**2))
    W1 -= 0.01 * dW1
    W2 -= 0.01 * dW2
