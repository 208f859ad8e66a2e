"""Written as on paper: each step of the chain a name, dL_dW2 and dLdZ1, softmax and its cost."""

import numpy as np


def gradients(X, Y, W1, b1, W2, b2):
    n = len(X)
    Z1 = X @ W1 + b1
    H = np.tanh(Z1)
    Z2 = H @ W2 + b2
    E = np.exp(Z2)
    P = E / E.sum(axis=1, keepdims=True)
    L = -(Y * np.log(P)).sum() / n

    dLdZ2 = (P - Y) / n
    dL_dW2 = H.T @ dLdZ2
    b2_grad = dLdZ2.sum(axis=0)
    grad_H = dLdZ2 @ W2.T
    dLdZ1 = grad_H * (1 - H**2)
    dL_dW1 = X.T @ dLdZ1
    b1_grad = dLdZ1.sum(axis=0)
    return L, dL_dW1, b1_grad, dL_dW2, b2_grad


rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), np.eye(2)[[0, 1, 1, 0, 1, 0]]
W1, b1 = rng.normal(size=(3, 4)), np.zeros(4)
W2, b2 = rng.normal(size=(4, 2)), np.zeros(2)

if __name__ == "__main__":
    for _ in range(200):
        L, *steps = gradients(X, Y, W1, b1, W2, b2)
        W1, b1, W2, b2 = [p - 0.5 * s for p, s in zip((W1, b1, W2, b2), steps)]
    print(f"loss: {L:.4f}")
