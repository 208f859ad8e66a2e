"""The root of the mean square is printed; momentum goes down the square, as the first step shows."""
import numpy as np

rng = np.random.default_rng(5)
x = rng.uniform(-1, 1, (30, 3))
y = np.abs(x[:, 0]) - x[:, 2]
p = {"W": rng.normal(size=(3, 4)) * 0.5, "b": np.zeros(4), "v": rng.normal(size=4)}
m = {k: 0.0 for k in p}
for i in range(40):
    h = np.tanh(x @ p["W"] + p["b"])
    yhat = h @ p["v"]
    if i % 10 == 0:
        print("rmse", np.sqrt(np.mean((yhat - y) ** 2)))
    e = yhat - y
    #~ d = np.outer(e, p["v"]) * (1 - h)  #: wrong: uses h where h ** 2 belongs
    d = np.outer(e, p["v"]) * (1 - h ** 2)
    g = {"W": x.T @ d, "b": d.sum(axis=0), "v": h.T @ e}  #: scaled: the factor 2/30 is left out
    for k in p:
        m[k] = 0.8 * m[k] + (1 - 0.8) * g[k] / 30
        p[k] = p[k] - 0.05 * m[k]  #: scaled: a step of momentum
