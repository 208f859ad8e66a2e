"""Two pairs of passes: one that made-up arguments fit, one that needs options of its own."""
import numpy as np


def square_forward(x):
    return x * x, x


def square_backward(dout, x):
    dx = 2 * dout * x
    return dx


def blend_forward(x, options):
    kinds = {"near": 0.25, "far": 0.75}
    return x * kinds[options["kind"]], (x, options)


def blend_backward(dout, cache):
    x, options = cache
    return dout * {"near": 0.25, "far": 0.75}[options["kind"]]
