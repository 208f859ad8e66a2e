"""A backward pass takes a cache and the parameters of the forward pass, by their name."""
import numpy as np


def feed_forward(x, p):
    h = np.tanh(x @ p["W1"] + p["b1"])
    return h @ p["W2"], (x, h)


def feed_forward_backward(dy, cache, p, grads):
    x, h = cache
    grads["W2"] = h.T @ dy
    #~ dz = dy @ p["W2"].T * (1 - h)  #: wrong: uses h where h ** 2 belongs
    dz = dy @ p["W2"].T * (1 - h**2)
    grads["W1"], grads["b1"] = x.T @ dz, dz.sum(axis=0)
    return dz @ p["W1"].T


def block(x, p):
    a, one = feed_forward(x, p)
    r = x + a
    b, two = feed_forward(r * r, p)
    return r + b, (r, one, two)


def block_backward(dy, cache, p):
    (r, one, two), first, second = cache, {}, {}
    #~ dr = feed_forward_backward(dy, two, p, second) * 2 * r  #: wrong: takes r in r + b, line 23, as a constant
    dr = feed_forward_backward(dy, two, p, second) * 2 * r + dy
    #~ dx = feed_forward_backward(dr, one, p, first) + dy  #: wrong
    dx = feed_forward_backward(dr, one, p, first) + dr
    return dx, {k: first[k] + second[k] for k in first}


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    shapes = {"W1": (4, 5), "b1": (5,), "W2": (5, 4)}
    params = {k: rng.normal(size=s) for k, s in shapes.items()}
    y, cache = block(rng.normal(size=(3, 4)), params)
    block_backward(np.ones_like(y), cache, params)
