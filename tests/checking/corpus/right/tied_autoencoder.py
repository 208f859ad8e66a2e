import numpy as np
np.random.seed(9)

n, d, k = 120, 10, 3
basis = np.random.randn(k, d)
X = np.tanh(np.random.randn(n, k) @ basis)

W = np.random.randn(d, k) * 0.2     # encoder W, decoder W.T
b = np.zeros(k)
c = np.zeros(d)
lr = 0.05

for t in range(600):
    H = np.tanh(X @ W + b)
    R = H @ W.T + c
    E = R - X
    J = (E * E).sum() / n
    G = E / n
    gc = G.sum(0)
    dH = (G @ W) * (1 - H * H)
    gb = dH.sum(0)
    gW = X.T @ dH + G.T @ H
    W -= lr * gW
    b -= lr * gb
    c -= lr * gc
    if t % 100 == 0:
        print("iter", t, "J", J)
