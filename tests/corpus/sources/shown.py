"""Code as people have it, which the commands show."""
import math
import numpy as np
import microgradnet as mg

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def by_hand(w, b, x, y_true):
    h1 = 1 / (1 + math.exp(-(w * x[0] + b * x[1])))
    L = (y_true - h1) ** 2
    d_L_d_h1 = -2 * (y_true - h1)
    return locals()

class OurNeuralNetwork:
    def __init__(self):
        self.w1, self.w2, self.b1 = 0.5, -0.25, 0.125
    def feedforward(self, x):
        o1 = sigmoid(self.w1 * x[0] + self.w2 * x[1] + self.b1)
        return o1

def layer(W, b, x):
    h = np.tanh(W @ x + b)
    return (h ** 2).sum()

def made():
    return net

W, b = np.ones((2, 3)), 0.5
X, y = [[-2.0, -1.0], [25, 6]], [1, 0]
net = mg.MLP(2, [2, 1], seed=0)
loss = mg.mse(net([1, 2]), 1)
two = mg.MLP(2, [2], seed=0)
words = "three"
print("said by the file")
