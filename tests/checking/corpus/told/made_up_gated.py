"""Passes without an example: arguments are made up that fit."""
import numpy as np


def gated(x, p):
    a = np.tanh(x @ p["w_in"])
    u = x @ p["w_gate"]
    return (a * u) @ p["w_out"], (x, p, a, u)


def gated_bwd(dy, saved):
    x, p, a, u = saved
    dh = dy @ p["w_out"].T
    #~ du = dh * (1 - a * a)  #: wrong
    du = dh * a
    da = dh * u * (1 - a * a)
    dx = da @ p["w_in"].T + du @ p["w_gate"].T
    return dx, {"w_out": (a * u).T @ dy, "w_gate": x.T @ du, "w_in": x.T @ da}
