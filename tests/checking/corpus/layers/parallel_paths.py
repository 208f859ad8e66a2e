import numpy as np


def total_forward(scores, splits):
    """For each group of scores, the logarithm of the sum of their exponentials."""
    total = np.zeros(len(splits) - 1)
    for k in range(len(total)):
        total[k] = np.log(np.sum(np.exp(scores[splits[k]:splits[k + 1]])))
    return total, (scores, splits, total)


def total_backward(dtotal, cache):
    scores, splits, total = cache
    group = np.repeat(np.arange(len(total)), np.diff(splits))
    share = np.exp(scores - total[group])
    # wrong: return share :: dtotal
    return share * dtotal[group]


def example():
    return np.random.default_rng(19).normal(size=9), np.array([0, 2, 6, 9])
