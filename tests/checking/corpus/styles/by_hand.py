"""The derivation of a net of two hidden neurons, a number a name."""

import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def deriv_sigmoid(x):
    fx = sigmoid(x)
    return fx * (1 - fx)

def by_hand(w1, w2, w3, w4, w5, w6, b1, b2, b3, x, y_true):
    sum_h1 = w1 * x[0] + w2 * x[1] + b1
    h1 = sigmoid(sum_h1)
    sum_h2 = w3 * x[0] + w4 * x[1] + b2
    h2 = sigmoid(sum_h2)
    sum_o1 = w5 * h1 + w6 * h2 + b3
    o1 = sigmoid(sum_o1)
    y_pred = o1
    #~a L = 0.5 * (y_pred - y_true) ** 2
    #~b L = (y_pred - y_true) * (y_pred - y_true)
    L = (y_true - y_pred) ** 2
    #~a d_L_d_ypred = y_pred - y_true
    #~b d_L_d_ypred = 2 * y_pred - 2 * y_true
    d_L_d_ypred = -2 * (y_true - y_pred)
    d_ypred_d_w5 = h1 * deriv_sigmoid(sum_o1)
    d_ypred_d_w6 = h2 * deriv_sigmoid(sum_o1)
    d_ypred_d_b3 = deriv_sigmoid(sum_o1)
    d_ypred_d_h1 = w5 * deriv_sigmoid(sum_o1)
    d_ypred_d_h2 = w6 * deriv_sigmoid(sum_o1)
    d_h1_d_w1 = x[0] * deriv_sigmoid(sum_h1)
    d_h1_d_w2 = x[1] * deriv_sigmoid(sum_h1)
    d_h1_d_b1 = deriv_sigmoid(sum_h1)
    d_h2_d_w3 = x[0] * deriv_sigmoid(sum_h2)
    d_h2_d_w4 = x[1] * deriv_sigmoid(sum_h2)
    d_h2_d_b2 = deriv_sigmoid(sum_h2)
    d_L_d_w1 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w1
    d_L_d_w2 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w2
    d_L_d_b1 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_b1
    d_L_d_w3 = d_L_d_ypred * d_ypred_d_h2 * d_h2_d_w3
    d_L_d_w4 = d_L_d_ypred * d_ypred_d_h2 * d_h2_d_w4
    d_L_d_b2 = d_L_d_ypred * d_ypred_d_h2 * d_h2_d_b2
    d_L_d_w5 = d_L_d_ypred * d_ypred_d_w5
    d_L_d_w6 = d_L_d_ypred * d_ypred_d_w6
    d_L_d_b3 = d_L_d_ypred * d_ypred_d_b3
    return locals()
