"""Fed: gradient_step."""
import numpy as np

def gradient_step(X, y, w, lr):
    error = X @ w - y
    grad = X.T @ error / len(y)
    return w - lr * grad
