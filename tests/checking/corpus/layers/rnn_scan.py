import numpy as np


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    hs = np.zeros((N, T, h0.shape[1]))
    h = h0
    for t in range(T):
        h = np.tanh(x[:, t] @ Wx + h @ Wh + b)
        hs[:, t] = h
    return hs, (x, h0, Wx, Wh, hs)


def rnn_backward(dhs, cache):
    x, h0, Wx, Wh, hs = cache
    N, T, D = x.shape
    dx, dWx, dWh = np.zeros_like(x), np.zeros_like(Wx), np.zeros_like(Wh)
    db = np.zeros(h0.shape[1])
    dh = np.zeros_like(h0)
    for t in range(T - 1, -1, -1):
        prev = hs[:, t - 1] if t > 0 else h0
        dh = dh + dhs[:, t]
        da = dh * (1 - hs[:, t] ** 2)
        dx[:, t] = da @ Wx.T
        # wrong: dWx = x[:, t].T @ da :: \+=|last
        dWx += x[:, t].T @ da
        # wrong: dWh += hs[:, t].T @ da :: prev
        dWh += prev.T @ da
        db += da.sum(axis=0)
        dh = da @ Wh.T
    return dx, dh, dWx, dWh, db


def example():
    rng = np.random.default_rng(22)
    return tuple(rng.normal(size=s) for s in ((2, 4, 3), (2, 5), (3, 5), (5, 5), (5,)))
