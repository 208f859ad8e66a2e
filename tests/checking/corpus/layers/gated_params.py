import numpy as np


def gated_forward(params, x):
    up, gate, down = params
    u, g = x @ up, x @ gate
    s = 1 / (1 + np.exp(-g))
    return (u * s) @ down, (params, x, u, s)


def gated_backward(res, dout):
    (up, gate, down), x, u, s = res
    dh = dout @ down.T
    # wrong: dg = dh * u * (1 - s) :: factor
    dg = dh * u * s * (1 - s)
    du = dh * s
    # wrong: dx = du @ up.T + dg @ up.T :: gate
    dx = du @ up.T + dg @ gate.T
    return (x.T @ du, x.T @ dg, (u * s).T @ dout), dx


def example():
    rng = np.random.default_rng(4)
    sizes = (4, 6), (4, 6), (6, 5)
    return tuple(rng.normal(size=n) for n in sizes), rng.normal(size=(3, 4))
