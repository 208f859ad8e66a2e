"""At points where a number is very large, a term that is left out would not show."""
import numpy as np

rng = np.random.default_rng(64)
x = rng.normal(size=(50, 2))
logt = 0.5 + x @ [0.7, -0.4] + 0.6 * np.log(rng.exponential(size=50))
dead = (rng.random(50) < 0.7).astype(float)
p = {"logk": 0.0, "c": 0.0, "w": np.zeros(2)}
for i in range(200):
    k, z = np.exp(p["logk"]), logt - p["c"] - x @ p["w"]
    hazard = np.exp(k * z)
    loss = -np.mean(dead * (p["logk"] + k * z - logt) - hazard)
    dz = -(dead - hazard) * k / 50
    #~ g = {"c": -dz.sum(), "w": -x.T @ dz, "logk": -np.mean((dead - hazard) * k * z)}  #: right, wrong
    g = {"c": -dz.sum(), "w": -x.T @ dz, "logk": -np.mean(dead + (dead - hazard) * k * z)}
    for name in p:
        p[name] = p[name] - 0.2 * g[name]
