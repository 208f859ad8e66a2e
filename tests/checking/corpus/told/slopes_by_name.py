"""Derivatives of functions, by their names: without an upstream gradient, of input or output."""
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def sigmoid_derivative(x):
    s = sigmoid(x)
    #~ return s * (1 + s)  #: wrong: adds where it should subtract
    return s * (1 - s)  #: right

def tanh(x):
    return np.tanh(x)

def d_tanh(y):
    return 1 - y ** 2  #: right

def tanh_prime(z):
    #~ return 1 - np.tanh(z)  #: wrong: uses np.tanh(z) where np.tanh(z) ** 2 belongs
    return 1 - np.tanh(z) ** 2  #: right

def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(z) - 1))

def derivative_of_elu(a, alpha=1.0):
    return np.where(a > 0, 1.0, a + alpha)  #: right

def mse(y_true, y_pred):
    return np.mean(np.square(y_true - y_pred))

def mse_prime(y_true, y_pred):
    #~ return 2 * (y_true - y_pred) / y_true.size  #: wrong: sign
    return 2 * (y_pred - y_true) / y_true.size  #: right

class LeakyReLU:
    def __init__(self, alpha=0.2):
        self.alpha = alpha
    def __call__(self, x):
        return np.where(x >= 0, x, self.alpha * x)
    def gradient(self, x):
        #~ return np.where(x >= 0, self.alpha, 1)  #: wrong
        return np.where(x >= 0, 1, self.alpha)  #: right

class Sigmoid:
    def forward(self, x):
        return sigmoid(x)
    def backward(self, x):
        return self.forward(x) * (1 - self.forward(x))  #: right

class Same:
    def forward(self, x):
        return x * 1.0
    def backward(self, x):
        return x  #: right
