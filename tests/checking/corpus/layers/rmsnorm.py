import numpy as np


def rmsnorm_fwd(x, w):
    ms = np.mean(x * x, axis=-1, keepdims=True)
    r = 1 / np.sqrt(ms + 1e-6)
    return x * r * w, (x, w, r)


def rmsnorm_bwd(dy, cache):
    x, w, r = cache
    D = x.shape[-1]
    # wrong: dw = np.sum(dy * x, axis=0) :: \br\b
    dw = np.sum(dy * x * r, axis=0)
    wdy = dy * w
    # wrong: c = np.sum(dy * x, axis=-1, keepdims=True) / D :: wdy|w\b
    # wrong: c = np.sum(wdy * x, axis=-1, keepdims=True) :: D|mean|5
    c = np.sum(wdy * x, axis=-1, keepdims=True) / D
    # wrong: dx = r * wdy - x * c * r ** 2 :: power|3|\br\b
    # wrong: dx = r * wdy + x * c * r ** 3 :: sign|subtract|add
    # wrong: dx = r * wdy :: term|constant
    dx = r * wdy - x * c * r ** 3
    return dx, dw


def example():
    rng = np.random.default_rng(3)
    return rng.normal(size=(3, 5)), rng.normal(size=5)
