import numpy as np


def gradients(X, Z, y, W, V, b):
    out = X @ W + Z @ V + b
    error = out - y
    dW = 0.5 * X.T @ error
    dV = Z.T @ error
    db = error.sum(axis=0)
    return dW, dV, db
