"""A sigmoid and its slope."""
from math import exp, log

def slope(s):
    return s * (1 - s)

def by_hand(w, x, y_true):
    h = w * x
    s = 1 / (1 + exp(-h))
    L = (s - y_true) ** 2
    d_L_d_s = 2 * (s - y_true)
    d_s_d_h = slope(s)
    d_h_d_w = x
    d_L_d_w = d_L_d_s * d_s_d_h * d_h_d_w
    return d_L_d_w

by_hand(0.5, 2.0, 1.0)
