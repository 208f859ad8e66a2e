import numpy as np


def conv_forward(x, w, b, stride=2, pad=1):
    N, C, H, W = x.shape
    F, _, R, S = w.shape
    Ho, Wo = 1 + (H + 2 * pad - R) // stride, 1 + (W + 2 * pad - S) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, Ho, Wo))
    for i in range(Ho):
        for j in range(Wo):
            patch = xp[:, :, i * stride:i * stride + R, j * stride:j * stride + S]
            out[:, :, i, j] = np.tensordot(patch, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (xp, w, stride, pad)


def conv_backward(dout, cache):
    xp, w, stride, pad = cache
    F, _, R, S = w.shape
    _, _, Ho, Wo = dout.shape
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for i in range(Ho):
        for j in range(Wo):
            hs, ws = i * stride, j * stride
            patch = xp[:, :, hs:hs + R, ws:ws + S]
            g = dout[:, :, i, j]
            dw += np.tensordot(g, patch, axes=([0], [0]))
            dxp[:, :, hs:hs + R, ws:ws + S] += np.tensordot(g, w, axes=([1], [0]))
    # wrong: dx = dxp[:, :, :-2 * pad, :-2 * pad] :: pad
    dx = dxp[:, :, pad:-pad, pad:-pad]
    return dx, dw, db


def example():
    rng = np.random.default_rng(9)
    return rng.normal(size=(2, 3, 5, 7)), rng.normal(size=(4, 3, 3, 3)), rng.normal(size=4)
