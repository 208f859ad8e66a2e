"""A step in which the recording left a loop is not judged, wherever it was left."""
import numpy as np

rng = np.random.default_rng(0)
#~ z = np.ones(2) * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5
#~ z = np.ones(2) * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5
#~ z = np.ones(2) * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5 * 1.5
z = np.ones(2)
x, y = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
sizes = [3, 4, 4, 4, 2]
Ws = [rng.normal(size=pair) * 0.5 for pair in zip(sizes, sizes[1:])]
gs = [0] * 4
for epoch in range(400):
    a = [x]
    for W in Ws:
        a.append(np.tanh(a[-1] @ W))
    d = a[-1] - y
    loss = 0.5 * np.sum(d**2)
    for k in reversed(range(len(Ws))):
        d = d * (1 - a[k + 1] ** 2)
        gs[k], d = a[k].T @ d, d @ Ws[k].T
    for k in range(len(Ws)):
        Ws[k] = Ws[k] - 0.05 * gs[k]  #: right
