"""Where all gradients are cut to one length the wrong one is blamed."""
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
p = {"W": rng.normal(size=(3, 4)), "b": np.zeros(4), "V": rng.normal(size=(4, 2)), "c": np.zeros(2)}
for epoch in range(9):
    h = np.tanh(X @ p["W"] + p["b"])
    out = h @ p["V"] + p["c"]
    loss = 0.5 * np.sum((out - Y) ** 2)
    d = out - Y
    dz = d @ p["V"].T * (1 - h**2)
    g = {  #: right
        #~ "W": 2 * X.T @ dz,  #: wrong
        "W": X.T @ dz,
        "b": dz.sum(axis=0),
        "V": h.T @ d,
        "c": d.sum(axis=0),
    }
    size = np.sqrt(sum((x**2).sum() for x in g.values()))
    for k in p:
        p[k] -= 0.01 * min(1.0, 0.5 / size) * g[k]  #: right
