import numpy as np

# Regress a 2-d swirl; both hidden layers have the same width.
rng = np.random.default_rng(303)
N, width = 80, 10
x = rng.uniform(-1, 1, (N, 2))
target = np.stack([np.sin(3 * x[:, 0]), x[:, 0] * x[:, 1]], axis=1)

W1 = rng.normal(0, 1, (2, width))
W2 = rng.normal(0, 1 / np.sqrt(width), (width, width))
W3 = rng.normal(0, 1 / np.sqrt(width), (width, 2))
b1, b2, b3 = np.zeros(width), np.zeros(width), np.zeros(2)
lr = 0.1

for it in range(300):
    h1 = np.tanh(x @ W1 + b1)
    h2 = np.tanh(h1 @ W2 + b2)
    out = h2 @ W3 + b3
    loss = 0.5 * ((out - target) ** 2).sum(axis=1).mean()

    d3 = (out - target) / N
    d2 = (d3 @ W3.T) * (1 - h2 ** 2)
    d1 = (d2 @ W2) * (1 - h1 ** 2)  # wrong: W2 is not transposed when the error is carried back (square matrix, so it runs)

    for W, b, inp, d in ((W1, b1, x, d1), (W2, b2, h1, d2), (W3, b3, h2, d3)):
        W -= lr * inp.T @ d
        b -= lr * d.sum(axis=0)
    if it % 60 == 0:
        print(f"{it:>4} {loss:.5f}")
