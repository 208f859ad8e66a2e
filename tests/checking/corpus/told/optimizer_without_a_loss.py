"""The loss that an optimizer takes the gradients of is assumed, if the code computes none."""
import numpy as np

rng = np.random.default_rng(10)
inner, outer = rng.normal(0, 0.3, (7, 5)), rng.normal(0, 0.3, (7, 5))
sums = [np.zeros((7, 5)), np.zeros((7, 5))]
center, others = np.array([0, 2, 2, 5, 6, 1]), rng.integers(0, 7, (6, 3))
label = np.zeros((6, 3))
label[:, 0] = 1
for epoch in range(40):
    v, u = inner[center], outer[others]
    score = np.einsum("bd,bkd->bk", v, u)
    delta = (1 / (1 + np.exp(-score)) - label) / 6
    g_in, g_out = np.zeros_like(inner), np.zeros_like(outer)
    #~ g_in[center] += np.einsum("bk,bkd->bd", delta, u)  #: wrong
    np.add.at(g_in, center, np.einsum("bk,bkd->bd", delta, u))
    np.add.at(g_out, others, delta[:, :, None] * v[:, None, :])
    sums[0] += g_in**2
    sums[1] += g_out**2
    inner -= 0.2 * g_in / np.sqrt(sums[0] + 1e-10)
    outer -= 0.2 * g_out / np.sqrt(sums[1] + 1e-10)
