import math


def by_hand(w1, w2, b1, x, y_true):
    h1 = 1 / (1 + math.exp(-(w1 * x[0] + w2 * x[1] + b1)))
    L = (h1 - y_true) ** 2
    d_L_d_h1 = 2 * (h1 - y_true)
    d_h1_d_w1 = x[0] * h1 * (1 - h1)
    d_h1_d_b1 = h1 * (1 - h1)
    d_L_d_w1 = d_L_d_h1 * d_h1_d_w1
    d_L_d_b1 = d_L_d_h1 * d_h1_d_b1
    return locals()
