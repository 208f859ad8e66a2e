"""A term that the assumed loss does not have may be that of another: it is not called wrong."""
import numpy as np

rng = np.random.default_rng(3)
x = (rng.random((20, 6)) < 0.4).astype(float)
M, D, d = rng.normal(0, 0.5, (6, 2)), rng.normal(0, 0.5, (2, 6)), np.zeros(6)
for epoch in range(50):
    mu = x @ M
    p = 1 / (1 + np.exp(-(mu @ D + d)))
    d_logit = (p - x) / len(x)
    d_mu = d_logit @ D.T + mu / len(x)  #: cannot tell
    M -= 0.2 * x.T @ d_mu  #: cannot tell
    D -= 0.2 * mu.T @ d_logit
    d -= 0.2 * d_logit.sum(0)
