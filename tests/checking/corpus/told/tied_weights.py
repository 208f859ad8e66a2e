"""The second gradient of tied weights may be missing."""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(7, 3))
W = rng.normal(size=(3, 2))
for epoch in range(9):
    code = X @ W
    loss = 0.5 * np.sum((code @ W.T - X) ** 2)
    d = code @ W.T - X
    dcode = d @ W
    #~ dW = X.T @ dcode  #: wrong: the term + d.T @ code is left out
    dW = X.T @ dcode + d.T @ code  #: right
    W -= 0.01 * dW  #: right
