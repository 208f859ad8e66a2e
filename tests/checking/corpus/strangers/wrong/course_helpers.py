import numpy as np


def linear_forward(A, W, b):
    return W @ A + b, (A, W, b)


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return W.T @ dZ, dZ @ A_prev.T / m, dZ.sum(axis=1, keepdims=True) / m


def model(X, Y, hidden=6, lr=0.3, iterations=200):
    rs = np.random.RandomState(3)
    W1, b1 = rs.randn(hidden, X.shape[0]), np.zeros((hidden, 1))
    W2, b2 = rs.randn(1, hidden) * 0.5, np.zeros((1, 1))
    for i in range(iterations):
        Z1, cache1 = linear_forward(X, W1, b1)
        A1 = np.maximum(0, Z1)
        Z2, cache2 = linear_forward(A1, W2, b2)
        A2 = np.clip(1 / (1 + np.exp(-Z2)), 1e-6, 1 - 1e-6)
        cost = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))

        dA2 = -((1 - Y) / A2 - Y / (1 - A2))  # wrong: numerators swapped in dA of the cross-entropy: (1-Y)/A and Y/(1-A) instead of Y/A and (1-Y)/(1-A)
        dZ2 = dA2 * A2 * (1 - A2)
        dA1, dW2, db2 = linear_backward(dZ2, cache2)
        dZ1 = dA1 * (Z1 > 0)
        _, dW1, db1 = linear_backward(dZ1, cache1)

        W1, b1 = W1 - lr * dW1, b1 - lr * db1
        W2, b2 = W2 - lr * dW2, b2 - lr * db2
        if i % 50 == 0:
            print("cost after iteration", i, ":", cost)
    return W1, b1, W2, b2


rs = np.random.RandomState(8)
X = rs.randn(2, 80)
Y = (X[:1] + X[1:] ** 2 > 0.8).astype(float)
W1, b1, W2, b2 = model(X, Y)
print("output bias", b2)
