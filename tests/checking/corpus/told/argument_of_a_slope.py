"""The argument of a slope is no upstream gradient, but that of a backward pass is."""
import numpy as np

class Sigmoid:
    def forward(self, x):
        self.output = 1 / (1 + np.exp(-x))
        return self.output
    def sigmoid_prime(self, x):
        return self.output * (1 - self.output)
    def backward(self, V):
        return V * self.sigmoid_prime(None)  #: right
