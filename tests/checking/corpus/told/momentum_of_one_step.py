"""A net that moves by the gradient of this step and a part of that of the step before."""
import numpy as np


class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.wi = np.random.uniform(-0.5, 0.5, (n_in + 1, n_hidden))
        self.wo = np.random.uniform(-0.5, 0.5, (n_hidden, n_out))
        self.ci = np.zeros(self.wi.shape)
        self.co = np.zeros(self.wo.shape)

    def update(self, inputs):
        self.ai = np.append(inputs, 1.0)
        self.ah = np.tanh(self.ai.dot(self.wi))
        self.ao = np.tanh(self.ah.dot(self.wo))
        return self.ao

    def back_propagate(self, targets, N, M):
        output_deltas = (targets - self.ao) * (1 - self.ao ** 2)
        #~ hidden_deltas = self.wo.dot(output_deltas) * (1 - self.ah)  #: wrong: self.ah ** 2 belongs
        hidden_deltas = self.wo.dot(output_deltas) * (1 - self.ah ** 2)
        change = np.outer(self.ah, output_deltas)
        self.wo += N * change + M * self.co  #: right
        self.co = change
        change = np.outer(self.ai, hidden_deltas)
        self.wi += N * change + M * self.ci
        self.ci = change
        return 0.5 * np.sum((targets - self.ao) ** 2)

    def train(self, patterns, iterations=100, N=0.5, M=0.1):
        for i in range(iterations):
            for inputs, targets in patterns:
                self.update(inputs)
                self.back_propagate(targets, N, M)
