"""Layers of one file: sizes told as a product, a wrong gradient, constants of six digits."""
import numpy as np


def affine_forward(x, w):
    """x has shape (N, d_1, ..., d_k), where D = d_1 * ... * d_k, and w has shape (D, M)."""
    out = x.reshape(len(x), -1) @ w
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    return dx, dw


def cube_forward(x):
    return x**3, x


def cube_backward(dout, x):
    dx = 3 * x * dout
    return dx


def gelu_forward(x):
    return 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), x


def gelu_backward(dout, x):
    tanh = np.tanh(0.797885 * x + 0.0356774 * x**3)
    dx = dout * (0.5 + 0.5 * tanh + (0.398942 * x + 0.0535161 * x**3) * (1 - tanh**2))
    return dx
