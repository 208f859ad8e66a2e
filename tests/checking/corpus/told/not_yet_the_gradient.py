"""What is returned may be right by a later value, from which a step of the chain rule is missing."""
import numpy as np


def turn_forward(q, A):
    length = np.sqrt(np.sum(q**2, axis=1, keepdims=True))
    unit = q / length
    out = np.tanh(unit @ A)
    return out, (unit, length, A, out)


def turn_backward(dout, cache):
    unit, length, A, out = cache
    da = dout * (1 - out**2)
    v = da @ A.T
    #~ return v, unit.T @ da  #: right, wrong: is the gradient by unit: it does not go back through unit = q / length, line 7
    return (v - unit * np.sum(unit * v, axis=1, keepdims=True)) / length, unit.T @ da  #: right


def example():
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 4)), rng.normal(size=(4, 3))
