"""A mistake that shows in no number of the run has its edit: it starts with V of 0."""
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
p = {"W": rng.normal(size=(3, 4)), "b": np.zeros(4), "V": np.zeros((4, 2)), "c": np.zeros(2)}
for epoch in range(9):
    h = np.tanh(X @ p["W"] + p["b"])
    out = h @ p["V"] + p["c"]
    loss = 0.5 * np.sum((out - Y) ** 2)
    d = out - Y
    #~ dz = d @ p["V"].T * (1 - h)  #: wrong: uses h where h ** 2 belongs
    dz = d @ p["V"].T * (1 - h**2)
    g = {  #: right
        "W": X.T @ dz,
        "b": dz.sum(axis=0),
        "V": h.T @ d,
        "c": d.sum(axis=0),
    }
    for k in p:
        p[k] -= 0.01 * g[k]  #: right
