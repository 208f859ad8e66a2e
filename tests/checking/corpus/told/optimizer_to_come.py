"""A layer that waits for an optimizer, which is made up: what it is handed is judged."""
import numpy as np

class Dense:
    def __init__(self, units):
        self.units, self.optimizer, self.params = units, None, {}
    def build(self, n_in):
        self.params["W"] = np.random.randn(n_in, self.units)
        self.params["b"] = np.zeros(self.units)
    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.params["W"] + self.params["b"]
    def backward(self, grads, learning_rate):
        #~ dW = self.inputs.T @ grads ** 2  #: wrong
        dW = self.inputs.T @ grads  #: right
        db = grads.sum(axis=0)  #: right
        dinputs = grads @ self.params["W"].T  #: right
        self.optimizer.update(self, {"W": dW, "b": db}, learning_rate)
        return dinputs

class Plain:
    def __init__(self, n_in, n_out):
        self.W, self.opt = np.random.randn(n_in, n_out), None
    def forward(self, x):
        self.x = x
        return np.tanh(x @ self.W)
    def backward(self, dout):
        dz = dout * (1 - np.tanh(self.x @ self.W) ** 2)
        #~ dW = self.x.T @ dout  #: wrong
        dW = self.x.T @ dz
        dx = dz @ self.W.T  #: right
        self.W = self.opt.update(self.W, dW)  #: right
        return dx

class RowByRow:
    def __init__(self, n_in, n_out):
        self.W, self.opt = np.random.randn(n_in, n_out), None
    def forward(self, x):
        self.x = x
        return x @ self.W
    def backward(self, dout):
        for row, d in zip(self.x, dout):
            dW = np.outer(row, d)
            self.opt.update(self.W, dW)
        return dout @ self.W.T  #: right, not checked
