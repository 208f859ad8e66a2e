"""Layers of a course: dicts of parameters with a mode, handed on, and shapes with ones."""
import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = None
    if mode == "test":
        out = x
    elif mode == "train":
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    return out, (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param["mode"] == "train":
        #~ dx = dout  #: wrong: mask
        dx = dout * mask
    elif dropout_param["mode"] == "test":
        dx = dout
    return dx


def batchnorm_forward(x, gamma, beta, bn_param):
    """
    Inputs:
    - x: Data of shape (N, D)
    - gamma, beta: parameters of shape (D,)
    - bn_param: Dictionary with the keys mode, eps, momentum
    """
    mode, eps = bn_param["mode"], bn_param.get("eps", 1e-5)
    momentum, is_of_rows = bn_param.get("momentum", 0.9), bn_param.get("of_rows", 0)
    mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    if mode == "train":
        mu, var = x.mean(axis=0), x.var(axis=0)
        std = np.sqrt(var + eps)
        z = (x - mu) / std
        out = gamma * z + beta
        if not is_of_rows:
            bn_param["running_mean"] = momentum * mean + (1 - momentum) * mu
        return out, {"x": x.T, "z": z, "gamma": gamma, "std": std}
    elif mode == "test":
        return x - mean, None
    raise ValueError(f"no mode {mode}")


def batchnorm_backward(dout, cache):
    #~ dgamma = np.sum(dout, axis=0)  #: wrong
    dgamma = np.sum(dout * cache["z"], axis=0)
    dbeta = np.sum(dout, axis=0)
    dz = dout * cache["gamma"]
    #~ dx = (dz - dz.mean(axis=0)) / cache["std"]  #: wrong
    dx = (dz - dz.mean(axis=0) - cache["z"] * (dz * cache["z"]).mean(axis=0)) / cache["std"]
    return dx, dgamma, dbeta


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    """
    Inputs:
    - x: Images of shape (N, C, H, W)
    - gamma, beta: parameters of shape (C,)
    """
    n, c, h, w = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, c)
    out, cache = batchnorm_forward(flat, gamma, beta, bn_param)
    return out.reshape(n, h, w, c).transpose(0, 3, 1, 2), cache


def spatial_batchnorm_backward(dout, cache):
    n, c, h, w = dout.shape
    flat = dout.transpose(0, 2, 3, 1).reshape(-1, c)
    dx, dgamma, dbeta = batchnorm_backward(flat, cache)
    return dx.reshape(n, h, w, c).transpose(0, 3, 1, 2), dgamma, dbeta


def scaled_forward(x, gain):
    """
    x: images of shape (N, C, H, W)
    gain: of shape (C,)
    """
    gain = gain.reshape(1, -1, 1, 1)
    return x * gain, (x, gain)


def scaled_backward(dout, cache):
    x, gain = cache
    dgain = np.sum(dout * x, axis=(0, 2, 3), keepdims=True)
    return dout * gain, dgain
