"""A layer that moves itself by a rate, or a momentum, which its forward pass does not read."""
import numpy as np


class Dense:
    def __init__(self, n_in, n_out, lr=0.01):
        self.W = np.random.randn(n_in, n_out)
        self.b = np.zeros(n_out)
        self.lr = lr

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        dW = self.x.T @ grad
        db = grad.sum(axis=0)
        dx = grad @ self.W.T  #: right
        #~ self.W += self.lr * dW  #: wrong: moves up the gradient, not down
        self.W -= self.lr * dW  #: right
        self.b -= self.lr * db  #: right
        return dx


class DenseWithMomentum:
    def __init__(self, inputDim, outputDim, lr, beta):
        self.weights = np.random.randn(outputDim, inputDim)
        self.bias = np.zeros((1, outputDim))
        self.v_w = np.zeros_like(self.weights)
        self.v_b = np.zeros_like(self.bias)
        self.lr, self.beta = lr, beta

    def forward(self, x):
        self.x = x
        return x @ self.weights.T + self.bias

    def backward(self, dy):
        dw = dy.T @ self.x
        dx = dy @ self.weights  #: right
        self.v_w = self.beta * self.v_w + (1 - self.beta) * dw
        self.v_b = self.beta * self.v_b + (1 - self.beta) * dy.sum(axis=0, keepdims=True)
        self.weights -= self.v_w * self.lr  #: right
        self.bias -= self.v_b * self.lr  #: right
        return dx


class DenseWithAdam:
    def __init__(self, n_in, n_out, lr=0.01):
        self.W = np.random.randn(n_in, n_out)
        self.m, self.v, self.t, self.lr = np.zeros_like(self.W), np.zeros_like(self.W), 0, lr

    def forward(self, x):
        self.x = x
        return x @ self.W

    def backward(self, grad):
        self.t += 1
        dW = self.x.T @ grad
        dx = grad @ self.W.T  #: right
        self.m = 0.9 * self.m + 0.1 * dW
        self.v = 0.999 * self.v + 0.001 * dW**2
        m, v = self.m / (1 - 0.9**self.t), self.v / (1 - 0.999**self.t)
        self.W -= self.lr * m / (np.sqrt(v) + 1e-8)  #: not checked: an optimizer of its own
        return dx


class Decayed:
    def __init__(self, n_in, n_out, l1, l2):
        self.W, self.l1, self.l2 = np.random.randn(n_in, n_out), l1, l2

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.W

    def backward(self, dvalues):
        self.dW = self.inputs.T @ dvalues  #: right
        self.dinputs = dvalues @ self.W.T  #: right
        if self.l1 > 0:
            self.dW += self.l1 * np.sign(self.W)
        if self.l2 > 0:
            self.dW += 2 * self.l2 * self.W
