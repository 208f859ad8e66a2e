import numpy as np


def triplet_forward(a, p, n, margin=1.0):
    dp = np.sqrt(np.sum((a - p) ** 2, axis=-1))
    dn = np.sqrt(np.sum((a - n) ** 2, axis=-1))
    return np.maximum(dp - dn + margin, 0.0).mean()


def triplet_backward(dout, a, p, n, margin=1.0):
    dp = np.sqrt(np.sum((a - p) ** 2, axis=-1))
    dn = np.sqrt(np.sum((a - n) ** 2, axis=-1))
    active = (dp + margin > dn) * 1.0
    # wrong: to_p = (a - p) * (active * dout / dp)[:, None] :: divided
    to_p = (a - p) * (active * dout / active.size / dp)[:, None]
    # wrong: to_n = (a - n) * (active * dout / active.size / dp)[:, None] :: dn
    to_n = (a - n) * (active * dout / active.size / dn)[:, None]
    return to_p - to_n, -to_p, to_n


def example():
    rng = np.random.default_rng(23)
    return rng.normal(size=(6, 4)), rng.normal(size=(6, 4)), 1.4 * rng.normal(size=(6, 4)), 0.5
