"""What is made up is no default at which a mistake does not show: 0, 1.0, no bias, a stride of 1."""
import numpy as np


def scaled_forward(x, w, bias=None, alpha=1.0):
    out = alpha * x @ w
    if bias is not None:
        out = out + bias
    return out, (x, w, bias, alpha)


def scaled_backward(dout, cache):
    x, w, bias, alpha = cache
    dx = alpha * dout @ w.T  #: right
    #~ dw = x.T @ dout  #: wrong: the factor alpha is left out
    dw = alpha * x.T @ dout  #: right
    db = None
    if bias is not None:
        #~ db = dout.mean(axis=0)  #: wrong: mean
        db = dout.sum(axis=0)  #: right
    return dx, dw, db


def conv1d_forward(x, w, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, C, L), (F, _, K) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    out = np.zeros((N, F, 1 + (L + 2 * pad - K) // stride))
    for t in range(out.shape[2]):
        part = padded[:, :, t * stride : t * stride + K]
        out[:, :, t] = np.tensordot(part, w, ([1, 2], [1, 2]))
    return out, (x, w, conv_param)


def conv1d_backward(dout, cache):
    x, w, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, C, L), (F, _, K) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for t in range(dout.shape[2]):
        part = slice(t * stride, t * stride + K)
        dpadded[:, :, part] += np.tensordot(dout[:, :, t], w, ([1], [0]))
        dw += np.tensordot(dout[:, :, t], padded[:, :, part], ([0], [0]))  #: right
    #~ dx = dpadded[:, :, :L]  #: wrong: pad:pad + L
    dx = dpadded[:, :, pad : pad + L]  #: right
    return dx, dw
