"""A forward pass may keep its output; weights that are drawn and scaled have a gradient without a factor."""
import numpy as np

class Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases
    def backward(self, dvalues):
        #~ self.dweights = np.dot(2 * self.inputs.T, dvalues)  #: wrong
        self.dweights = np.dot(self.inputs.T, dvalues)  #: right
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)  #: right
        self.dinputs = np.dot(dvalues, self.weights.T)  #: right

class Softmax:
    def forward(self, inputs):
        self.inputs = inputs
        values = np.exp(inputs)
        self.output = values / np.sum(values, axis=1, keepdims=True)
    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for index, (output, d) in enumerate(zip(self.output, dvalues)):
            output = output.reshape(-1, 1)
            self.dinputs[index] = (np.diagflat(output) - np.dot(output, output.T)) @ d  #: right
