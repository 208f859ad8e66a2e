import numpy as np


def backprop(X, Y, W, b):
    A = 1 / (1 + np.exp(-(X @ W + b)))
    cost = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    dZ = A - Y
    dW = X.T @ dZ
    db = np.sum(dZ)
    return cost, dW, db
