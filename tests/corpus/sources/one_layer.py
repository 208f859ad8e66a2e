"""A function with the gradients of one layer."""
import numpy as np

def step(X, Y, W, b):
    P = X @ W + b
    loss = ((P - Y) ** 2).mean()
    dP = 2 * (P - Y) / P.size
    dW = X.T @ dP
    db = dP.sum(axis=0)
    return loss, dW, db

X, Y = np.ones((5, 3)), np.ones((5, 2))
W, b = np.ones((3, 2)), np.ones(2)
