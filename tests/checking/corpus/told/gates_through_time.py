"""A factor of one term of a long sum that goes back through time."""
import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


rng = np.random.default_rng(0)
P = {k + g: rng.normal(size=s) for g in "zrn" for k, s in (("W", (4, 1)), ("U", (4, 4)))}
P["v"] = rng.normal(size=4)
for step in range(4):
    seq, label, h, kept = rng.normal(size=(5, 1)), step % 2, np.zeros(4), []
    for x in seq:
        z = sigmoid(P["Wz"] @ x + P["Uz"] @ h)
        r = sigmoid(P["Wr"] @ x + P["Ur"] @ h)
        n = np.tanh(P["Wn"] @ x + P["Un"] @ (r * h))
        kept.append((x, h, z, r, n))
        h = (1 - z) * h + z * n
    p = sigmoid(P["v"] @ h)
    loss = -(label * np.log(p) + (1 - label) * np.log(1 - p))
    G = {k: np.zeros_like(v) for k, v in P.items()}
    G["v"] += (p - label) * h
    dh = (p - label) * P["v"]
    for x, h0, z, r, n in reversed(kept):
        dn = dh * z * (1 - n**2)
        dz = dh * (n - h0) * z * (1 - z)
        drh = P["Un"].T @ dn
        dr = drh * h0 * r * (1 - r)
        for name, d, hh in (("z", dz, h0), ("r", dr, h0), ("n", dn, r * h0)):
            G["W" + name] += np.outer(d, x)
            G["U" + name] += np.outer(d, hh)
        #~ dh = dh * (1 - z) + drh + P["Uz"].T @ dz + P["Ur"].T @ dr  #: wrong: the factor r is left out
        dh = dh * (1 - z) + drh * r + P["Uz"].T @ dz + P["Ur"].T @ dr
    for k in P:
        P[k] = P[k] - 0.1 * G[k]
