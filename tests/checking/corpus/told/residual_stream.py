"""What runs through layers is no parameter."""
import numpy as np
rng = np.random.default_rng(0)
X, Y = rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
W = [rng.normal(size=(3, 3)) for _ in range(2)]
for epoch in range(9):
    #~a h, kept = X @ W[0], []
    #~ h, kept = X.copy(), []
    h, kept = X, []
    for V in W:
        z = np.tanh(h @ V)
        kept.append((h, z))
        h = h + z
    loss = 0.5 * np.sum((h - Y) ** 2)
    d, gradients = h - Y, []
    for V, (x, z) in zip(W[::-1], kept[::-1]):
        e = d * (1 - z ** 2)
        #~a gradients.append(x.T @ e)  #: wrong: takes h, line 9, as a constant: the path by it is left
        gradients.append(x.T @ e)
        d = d + e @ V.T
    for V, g in zip(W, gradients[::-1]):
        #~a V -= 0.01 * g  #: right
        V -= 0.01 * g  #: right
