import numpy as np


def huber_forward(pred, target, delta=1.0):
    r = pred - target
    a = np.abs(r)
    return np.where(a <= delta, 0.5 * r ** 2, delta * (a - 0.5 * delta)).mean(), (r, delta)


def huber_backward(dloss, cache):
    r, delta = cache
    # wrong: d = np.where(np.abs(r) <= delta, r, delta) :: sign
    d = np.where(np.abs(r) <= delta, r, delta * np.sign(r))
    # wrong: dpred = dloss * d / len(r) :: size
    dpred = dloss * d / r.size
    return dpred, -dpred


def example():
    rng = np.random.default_rng(25)
    return 2 * rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
