"""A bias summed where weights are averaged is wrong; a value that an activation follows is no prediction."""
import numpy as np
def derive(X, Y, W1, b1, W2, b2, rate=0.1):
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    #~a dZ2 = Z2 - Y
    dZ2 = A2 - Y  #: right
    #~a dW2 = dZ2 @ A1.T / m  #: cannot tell
    dW2 = dZ2 @ A1.T / m  #: right
    #~a db2 = dZ2.mean(axis=1, keepdims=True)  #: cannot tell
    db2 = dZ2.mean(axis=1, keepdims=True)  #: right
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T / m  #: right
    #~ db1 = dZ1.sum(axis=1, keepdims=True)  #: wrong
    #~a db1 = dZ1.mean(axis=1, keepdims=True)  #: cannot tell
    db1 = dZ1.mean(axis=1, keepdims=True)  #: right
    W1 -= rate * dW1  #: right
    b1 -= rate * db1  #: right
    W2 -= rate * dW2  #: right
    b2 -= rate * db2  #: right
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(2, 6)), rng.integers(0, 2, (1, 6)) * 1.0
derive(X, Y, rng.normal(size=(3, 2)), np.zeros((3, 1)), rng.normal(size=(1, 3)), np.zeros((1, 1)))
