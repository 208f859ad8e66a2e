"""Lists, tuples and several results; `seed` is where it starts."""
import copy
import numpy as np
seed = 0.5
W = [np.full((2, 2), seed), np.ones((2, 1)) * seed]
V = copy.deepcopy(W)
h = [np.array([[1.0, 2.0]])]
for M in V:
    h.append(h[-1] @ M)
p, q = np.split(h[1], 2, axis=1)
(r, s), *rest = [[p, q], p * q, q]
k, m = divmod(7.5 * seed, 2)
dW = [None] * 2
for i in reversed(range(2)):
    dW[i] = h[i].T @ h[i + 1]
W = [w - 0.1 * g for w, g in zip(W, dW)]
A, B = W
G = {f"W{i}": w.sum(axis=0, keepdims=True) for i, w in enumerate(W)}
g = G["W0"] + rest[0]
