"""In a statement of several lines the line of the mistake is blamed; what gives a right move too is not."""
import numpy as np

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
p = {"W": rng.normal(size=(3, 4)), "b": np.zeros(4), "V": rng.normal(size=(4, 2)), "c": np.zeros(2)}
for epoch in range(9):
    h = np.tanh(X @ p["W"] + p["b"])
    out = h @ p["V"] + p["c"]
    loss = 0.5 * np.sum((out - Y) ** 2)
    d = out - Y
    #~ dz = (d @ p["V"].T * (1 - h**2))[[1, 0, 2, 3, 4, 6, 5]]  #: wrong
    dz = d @ p["V"].T * (1 - h**2)
    #~b g = {  #: cannot tell, right, wrong
    g = {  #: right
        "W": X.T @ dz,
        #~ "b": dz.sum(),  #: wrong: over all axes where the sum over axis 0 belongs
        #~a "b": np.sqrt(np.abs(dz.sum(axis=0))) - dz.max(),
        #~b "b": np.sqrt(np.abs(dz.sum(axis=0))) - dz.max(),
        "b": dz.sum(axis=0),
        "V": h.T @ d,
        #~a "c": (d * d).sum(axis=0),  #: wrong: multiplies by d, which does not belong there
        "c": d.sum(axis=0),
    }
    for k in p:
        p[k] -= 0.01 * g[k]  #: right
