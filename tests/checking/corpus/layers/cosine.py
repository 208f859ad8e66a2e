import numpy as np


def cosine_forward(a, b):
    na, nb = np.linalg.norm(a, axis=1), np.linalg.norm(b, axis=1)
    c = (a * b).sum(axis=1) / (na * nb)
    return c, (a, b, na, nb, c)


def cosine_backward(res, gc):
    a, b, na, nb, c = res
    # wrong: da = gc[:, None] * (b / (na * nb)[:, None] - a / (na ** 2)[:, None]) :: \bc\b
    # wrong: da = gc[:, None] * (b / (na * nb)[:, None] - c[:, None] * a / (nb ** 2)[:, None]) :: na
    da = gc[:, None] * (b / (na * nb)[:, None] - c[:, None] * a / (na ** 2)[:, None])
    # wrong: db = gc[:, None] * (a / (na * nb)[:, None]) :: term|constant
    db = gc[:, None] * (a / (na * nb)[:, None] - c[:, None] * b / (nb ** 2)[:, None])
    return da, db


def example():
    rng = np.random.default_rng(17)
    return rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
