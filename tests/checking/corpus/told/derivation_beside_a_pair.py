"""A derivation beside a pair is reported as well as the pair, at the example that the file makes."""
import numpy as np

def square_forward(x):
    return x * x * np.linalg.slogdet(x.T @ x)[1], x

def square_backward(dout, x):
    a = x.T @ x
    #~a return dout * x * np.log(np.linalg.det(a)) + 2 * (dout * x * x).sum() * x @ np.linalg.inv(a)  #: wrong
    return dout * 2 * x * np.log(np.linalg.det(a)) + 2 * (dout * x * x).sum() * x @ np.linalg.inv(a)  #: right

def example():
    return (np.random.default_rng(0).normal(size=(4, 3)),)

def by_hand(w, x, y_true):
    y_pred = w * x
    d_L_d_ypred = -2 * (y_true - y_pred)  #: right
    #~a d_ypred_d_w = w  #: wrong
    d_ypred_d_w = x  #: right
    return locals()
