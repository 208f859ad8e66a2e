"""A mistake beside weights of 0 is seen though others start as a product."""
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
p = {"W": 0.5 * rng.normal(size=(3, 2)), "b": np.zeros(2), "V": np.zeros((2, 2)), "c": np.zeros(2)}
for epoch in range(9):
    h = np.tanh(X @ p["W"] + p["b"])
    out = h @ p["V"] + p["c"]
    loss = 0.5 * np.sum((out - Y) ** 2)
    d = out - Y
    #~ dz = d @ p["V"] * (1 - h**2)  #: wrong: uses p['V'] where p['V'].T belongs
    dz = d @ p["V"].T * (1 - h**2)
    g = {  #: right
        "W": X.T @ dz,
        "b": dz.sum(axis=0),
        "V": h.T @ d,
        "c": d.sum(axis=0),
    }
    for k in p:
        p[k] -= 0.01 * g[k]  #: right
