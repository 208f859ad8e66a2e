"""Of two numbers that a step computes and never adds, the loss is the sum that its moves go down."""
import numpy as np

rng = np.random.default_rng(8)
data = rng.normal(size=(12, 3))
E, e = rng.normal(size=(3, 2)) / 2, np.zeros(2)
S, s = rng.normal(size=(3, 2)) / 4, np.zeros(2)
D, d = rng.normal(size=(2, 3)) / 2, np.zeros(3)


def parts(x, noise):
    m, v = x @ E + e, x @ S + s
    z = m + np.exp(v / 2) * noise
    out = z @ D + d
    rec = 0.5 * np.sum((out - x) ** 2) / len(x)
    kl = 0.5 * np.sum(np.exp(v) + m**2 - 1 - v) / len(x)
    return rec, kl, (m, v, z, out)


for epoch in range(1, 20):
    beta = min(1.0, epoch / 8)
    for rows in rng.permutation(12).reshape(2, 6):
        x, noise = data[rows], rng.normal(size=(6, 2))
        rec, kl, (m, v, z, out) = parts(x, noise)
        dout = (out - x) / 6
        dz = dout @ D.T
        dm = dz + beta * m / 6
        #~ dv = dz * noise * np.exp(v / 2) + beta * (np.exp(v) - 1) / 12  #: wrong: a factor 2 too much
        dv = dz * noise * np.exp(v / 2) / 2 + beta * (np.exp(v) - 1) / 12
        D, d = D - 0.05 * z.T @ dout, d - 0.05 * dout.sum(axis=0)
        E, e = E - 0.05 * x.T @ dm, e - 0.05 * dm.sum(axis=0)
        S, s = S - 0.05 * x.T @ dv, s - 0.05 * dv.sum(axis=0)
    if epoch % 5 == 0:
        print(epoch, rec, kl)
