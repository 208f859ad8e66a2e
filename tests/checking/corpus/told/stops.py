"""A backward pass that stops says where."""
import numpy as np
X, Y = np.ones((2, 6)), np.ones((1, 6))
def backward(A, X, Y):
    dZ = A - Y  #: not checked
    dW = 1 / m * dZ @ X.T  #: not checked
    return dW
for i in range(20):
    A = np.ones((1, 2)) @ X
    dW = backward(A, X, Y)
