"""A gradient that is handed on may have the slope of an exponential in the loss, not of a relu."""
import numpy as np
#~a class Sigmoid:
class Relu:
    def forward(self, x):
        #~a self.out = 1 / (1 + np.exp(-x))
        self.out = np.maximum(x, 0)
        return self.out
    def backward(self, grad):
        #~a return grad  #: not checked
        return grad  #: wrong
