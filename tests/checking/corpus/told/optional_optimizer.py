"""A layer that an optimizer may be put into: its error goes back through the weights before it."""
import numpy as np


class FullyConnected:
    def __init__(self, input_size, output_size):
        self.weights = np.random.uniform(0, 1, (input_size + 1, output_size))
        self._optimizer = None

    @property
    def optimizer(self):
        return self._optimizer

    @optimizer.setter
    def optimizer(self, optimizer):
        self._optimizer = optimizer

    def forward(self, input_tensor):
        ones = np.ones((input_tensor.shape[0], 1))
        self.input_tensor = np.hstack((input_tensor, ones))
        return np.dot(self.input_tensor, self.weights)

    def backward(self, error_tensor):
        self.gradient_weights = np.dot(self.input_tensor.T, error_tensor)  #: right
        #~a pass
        previous_error = np.dot(error_tensor, self.weights.T)[:, :-1]  #: right
        if self._optimizer:
            self.weights = self._optimizer.calculate_update(self.weights, self.gradient_weights)
        #~a return np.dot(error_tensor, self.weights.T)[:, :-1]  #: wrong: uses self.weights after line
        return previous_error
