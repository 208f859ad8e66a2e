import numpy as np


def xent_forward(logits, targets, ignore=-1):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    keep = targets != ignore
    safe = np.where(keep, targets, 0)
    n = keep.sum()
    nll = -np.log(p[np.arange(len(safe)), safe])
    return (nll * keep).sum() / n, (p, safe, keep, n)


def xent_backward(dloss, cache):
    p, safe, keep, n = cache
    d = p.copy()
    d[np.arange(len(safe)), safe] -= 1
    d *= keep[:, None]
    # wrong: return dloss * d / len(safe) :: \bn\b|keep.sum
    # wrong: return d / n :: dloss
    return dloss * d / n


def example():
    rng = np.random.default_rng(15)
    return rng.normal(size=(5, 4)), np.array([1, -1, 3, 0, 2])
