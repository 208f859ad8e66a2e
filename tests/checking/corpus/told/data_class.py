"""The fields of a data class that is made anew move."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
from dataclasses import dataclass, replace
from typing import NamedTuple
#~a @dataclass(frozen=True)
@dataclass()
class P:
    W: np.ndarray
    out: np.ndarray
p = P(W, b)
for epoch in range(5):
    error = X @ p.W + p.out - y
    loss = 0.5 * (error**2).sum()
    #~ grads = P(X.T @ error, 2 * error.sum(axis=0))  #: wrong
    grads = P(X.T @ error, error.sum(axis=0))
    #~a p = replace(p, W=p.W - 0.1 * grads.W, out=p.out - 0.1 * grads.out)
    p = P(**{k: getattr(p, k) - 0.1 * g for k, g in vars(grads).items()})  #: right
