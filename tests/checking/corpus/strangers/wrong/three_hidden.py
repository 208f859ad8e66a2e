import numpy as np

rng = np.random.RandomState(13)
X = rng.uniform(-1, 1, (60, 2))
y = np.sin(3 * X[:, [0]]) * X[:, [1]]

h = 6
W1, b1 = rng.randn(2, h), np.zeros(h)
W2, b2 = rng.randn(h, h) / np.sqrt(h), np.zeros(h)
W3, b3 = rng.randn(h, h) / np.sqrt(h), np.zeros(h)
W4, b4 = rng.randn(h, 1) / np.sqrt(h), np.zeros(1)
lr = 0.1

for epoch in range(300):
    a1 = np.tanh(X @ W1 + b1)
    a2 = np.tanh(a1 @ W2 + b2)
    a3 = np.tanh(a2 @ W3 + b3)
    out = a3 @ W4 + b4

    d4 = 2 * (out - y) / len(X)
    d3 = (d4 @ W4.T) * (1 - a3 ** 2)
    d2 = (d3 @ W3) * (1 - a2 ** 2)  # wrong: the error is sent back through W3 without transposing it (W3 is square, so shapes fit)
    d1 = (d2 @ W2.T) * (1 - a1 ** 2)

    W4 -= lr * a3.T @ d4
    b4 -= lr * d4.sum(0)
    W3 -= lr * a2.T @ d3
    b3 -= lr * d3.sum(0)
    W2 -= lr * a1.T @ d2
    b2 -= lr * d2.sum(0)
    W1 -= lr * X.T @ d1
    b1 -= lr * d1.sum(0)

    if epoch % 100 == 0:
        print(epoch, np.mean((out - y) ** 2))
