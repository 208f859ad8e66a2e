"""Rows of a table that move in turn are moved by one step."""
import numpy as np

rng = np.random.default_rng(0)
center, table = rng.normal(size=4), rng.normal(size=(5, 4)) * 0.1
for epoch in range(50):
    v, g = center.copy(), np.zeros(4)
    loss = 0.0
    for i in [3, 1, 4]:
        loss += 0.5 * (table[i] @ v - 1) ** 2
    for i in [3, 1, 4]:
        e = table[i] @ v - 1
        g += e * table[i]
        table[i] -= 0.1 * e * v  #: right
    center -= 0.1 * g  #: right
