import numpy as np

K = np.sqrt(2 / np.pi)


def gelu_forward(x):
    u = K * (x + 0.044715 * x ** 3)
    t = np.tanh(u)
    return 0.5 * x * (1 + t), (x, t)


def gelu_backward(dy, cache):
    x, t = cache
    # wrong: du = K * (1 + 0.044715 * x ** 2) :: 3
    du = K * (1 + 3 * 0.044715 * x ** 2)
    # wrong: return dy * 0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * du :: dy|bracket
    # wrong: return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t) ** 2 * du) :: bracket|t \*\* 2
    # wrong: return dy * (0.5 * (1 + t) + 0.5 * (1 - t ** 2) * du) :: x\b
    return dy * (0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * du)


def example():
    return (np.random.default_rng(12).normal(size=(3, 4)),)
