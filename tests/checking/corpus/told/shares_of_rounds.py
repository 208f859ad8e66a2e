"""The derivative of one round is no mistake where the right one adds several of them up."""
#: right
import numpy as np


def affine(x, w):
    return x @ w


def affine_backward(dout, x):
    dw = x.T @ dout
    return dw


def cost(x, Ws, y):
    loss = 0.0
    for t in range(len(x)):
        loss += 0.5 * np.sum((affine(x[t], Ws) - y[t]) ** 2)
    return loss


def derive(x, Ws, y):
    dWs = np.zeros_like(Ws)
    for t in range(len(x)):
        dWs += affine_backward(x[t] @ Ws - y[t], x[t])
    return dWs


rng = np.random.default_rng(0)
x, Ws, y = rng.normal(size=(3, 4, 2)), rng.normal(size=(2, 5)), rng.normal(size=(3, 4, 5))
loss = cost(x, Ws, y)
print(loss, derive(x, Ws, y))
