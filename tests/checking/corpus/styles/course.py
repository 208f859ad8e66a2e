"""Samples in columns, dZ and dA, the mean over m; no cost, or one, and moves or none."""
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def derive(X, Y, W1, b1, W2, b2, learning_rate=0.1):
    m = X.shape[1]
    A0 = X
    Z1 = np.dot(W1, A0) + b1
    #~a A1 = np.tanh(Z1)
    #~b A1 = np.maximum(Z1, 0)
    A1 = sigmoid(Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    #~a cost = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    #~b cost = -(1 / m) * np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
    cost = None
    dZ2 = A2 - Y
    dW2 = (1 / m) * np.dot(dZ2, A1.T)
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = np.dot(W2.T, dZ2)
    #~a dZ1 = dA1 * (1 - np.power(A1, 2))
    #~b dZ1 = dA1 * (Z1 > 0)
    dZ1 = dA1 * sigmoid(Z1) * (1 - sigmoid(Z1))
    dW1 = 1 / m * np.dot(dZ1, A0.T)
    db1 = np.mean(dZ1, axis=1, keepdims=True)
    #~a W1 = W1 - learning_rate * dW1; b1 = b1 - learning_rate * db1
    #~b W1 -= learning_rate * dW1; b1 -= learning_rate * db1
    pass
    #~a W2 = W2 - learning_rate * dW2; b2 = b2 - learning_rate * db2
    #~b W2 -= learning_rate * dW2; b2 -= learning_rate * db2
    pass
    #~a return cost, dW1, db1, dW2, db2, W1, b1, W2, b2
    return dW1, db1, dW2, db2

rng = np.random.default_rng(0)
shapes = [(2, 6), (1, 6), (3, 2), (3, 1), (1, 3), (1, 1)]
X, _, *several = [rng.normal(size=shape) for shape in shapes]
EXAMPLE = X, np.array([[0.0, 1, 1, 0, 1, 0]]), *several
