import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm_step_forward(x, h_prev, c_prev, Wx, Wh, b):
    H = h_prev.shape[1]
    a = x @ Wx + h_prev @ Wh + b
    i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H:2 * H]), sigmoid(a[:, 2 * H:3 * H])
    g = np.tanh(a[:, 3 * H:])
    c = f * c_prev + i * g
    h = o * np.tanh(c)
    return h, c, (x, h_prev, c_prev, Wx, Wh, i, f, o, g, c)


def lstm_step_backward(dh, dc, cache):
    x, h_prev, c_prev, Wx, Wh, i, f, o, g, c = cache
    tc = np.tanh(c)
    do = dh * tc
    # wrong: dc = dh * o * (1 - tc ** 2) :: dc
    # wrong: dc = dc + dh * o * (1 - c ** 2) :: tc
    dc = dc + dh * o * (1 - tc ** 2)
    # wrong: df = dc * c :: c_prev
    df = dc * c_prev
    di = dc * g
    dg = dc * i
    # wrong: dc_prev = dc * i :: \bf\b
    dc_prev = dc * f
    # wrong: da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * g * (1 - g)]) :: tanh|g \*\* 2
    # wrong: da = np.hstack([di * i * (1 - i), do * o * (1 - o), df * f * (1 - f), dg * (1 - g ** 2)]) :: swap|order|gate
    da = np.hstack([di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)])
    dx = da @ Wx.T
    dh_prev = da @ Wh.T
    dWx = x.T @ da
    dWh = h_prev.T @ da
    db = da.sum(axis=0)
    return dx, dh_prev, dc_prev, dWx, dWh, db


def example():
    rng = np.random.default_rng(7)
    N, D, H = 3, 4, 2
    return tuple(rng.normal(size=s) for s in ((N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,)))
