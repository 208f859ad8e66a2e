"""What a lambda with a name computes is followed through a pair that the file never calls."""
import numpy as np

sigmoid = lambda x: 1 / (1 + np.exp(-x))
sigmoid_d = lambda x: sigmoid(x) * (1 - sigmoid(x))  #: right

def swish(x):
    return x * sigmoid(x)

def swish_d(x):
    s = sigmoid(x)
    #~ return s + s * (1 - s)  #: wrong: the factor x is left out
    return s + x * s * (1 - s)  #: right
