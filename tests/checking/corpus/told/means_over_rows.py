"""Gradients by all parameters may be means over rows, one of them alone may not."""
import numpy as np

class Layer:
    def __init__(self, n_in, n_out):
        self.weights, self.bias = np.random.randn(n_in, n_out), np.zeros(n_out)
    def forward(self, matrix):
        self.inputs = matrix
        return matrix @ self.weights + self.bias
    def backward(self, gradient):
        #~a self.dweights = self.inputs.T @ gradient / len(self.inputs)  #: wrong
        self.dweights = self.inputs.T @ gradient / len(self.inputs)  #: scaled
        #~a self.dbias = np.sum(gradient, axis=0)  #: right
        self.dbias = np.mean(gradient, axis=0)  #: scaled: the mean over 4 rows is taken here
        return gradient @ self.weights.T  #: right
