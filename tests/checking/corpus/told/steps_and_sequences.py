"""A recurrent net: a step, and a sequence that calls it, whose arguments have the same names."""
import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """
    - x: Input of this step, of shape (N, D).
    - prev_h: Hidden state before, of shape (N, H)
    - Wx: of shape (D, H)
    - Wh: of shape (H, H)
    - b: Biases of shape (H,)
    """
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    #~a dz = dnext_h * (1 - next_h)  #: wrong
    dz = dnext_h * (1 - next_h**2)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, prev_h.T @ dz, dz.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
    """
    - x: Inputs of all steps, of shape (N, T, D).
    - h0: First hidden state, of shape (N, H)
    - Wx: of shape (D, H)
    - Wh: of shape (H, H)
    - b: Biases of shape (H,)
    """
    states, cache, prev_h = [], [], h0
    for t in range(x.shape[1]):
        prev_h, step = rnn_step_forward(x[:, t], prev_h, Wx, Wh, b)
        states.append(prev_h)
        cache.append(step)
    h = np.stack(states, axis=1)
    return h, cache


def rnn_backward(dh, cache):
    n, steps, _ = dh.shape
    dx = np.zeros((n, steps, cache[0][0].shape[1]))
    dWx, dWh, db, dprev_h = 0.0, 0.0, 0.0, 0.0
    for t in reversed(range(steps)):
        #~b dxt, dprev_h, dWxt, dWht, dbt = rnn_step_backward(dh[:, t], cache[t])  #: wrong
        dxt, dprev_h, dWxt, dWht, dbt = rnn_step_backward(dh[:, t] + dprev_h, cache[t])
        dx[:, t] = dxt
        dWx, dWh, db = dWx + dWxt, dWh + dWht, db + dbt
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db
