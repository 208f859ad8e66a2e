"""A letter that is climbed may be a reward or a cost."""
import numpy as np

rng = np.random.default_rng(0)
X, R = rng.normal(size=(6, 3)), rng.normal(size=6)
w = rng.normal(size=3)
for t in range(50):
    p = 1 / (1 + np.exp(-X @ w))
    #~ reward = np.mean(p * R)
    #~a loss = np.mean(p * R)
    J = np.mean(p * R)
    #~a w = w + 0.1 * X.T @ (p * (1 - p) * R) / 6  #: wrong
    #~ w = w - 0.1 * -X.T @ (p * (1 - p) * R) / 6  #: wrong
    w = w + 0.1 * X.T @ (p * (1 - p) * R) / 6  #: cannot tell
