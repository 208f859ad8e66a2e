"""Views and writing in place; `seed` is where it starts."""
import numpy as np
seed = 0.5
a = np.zeros((3, 4))
a[0] = seed
a[1, 2:] += seed * 2
row = a[1]
row *= 3
a[:, 0] = a[:, 3] - 1
row[0] = 7 * seed
flat = a.ravel()
flat[5] = seed
b = a.T
b[2] -= np.array([1.0, 2.0, 3.0])
np.add.at(a, ([0, 0], [1, 1]), seed)
c = np.empty(3)
np.multiply(a[:, 1], 2, out=c)
d = a.copy()
d.fill(seed)
e = a.sum() + c.mean() + d.max()
a[a > 1] = 0.125
f = a * 1
