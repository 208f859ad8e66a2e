"""A shape that does not fit what was made up is no mistake: the argument is made up again."""
import numpy as np

def shift_forward(x, offset):
    return np.tanh(x) + 0 * offset, (x, offset)

def shift_backward(dout, cache):
    x, offset = cache
    dx = dout * (1 - np.tanh(x) ** 2)  #: right
    doffset = 0 * dout.sum()  #: cannot tell
    return dx, doffset
