"""A difference may choose its target itself."""
import math
import random

random.seed(4)
rows = [([random.gauss(k, 1) for _ in range(2)], k) for k in (0, 1, 2, 0, 1, 2)]
V = [[random.gauss(0, 0.5) for _ in range(2)] for _ in range(3)]
W = [[random.gauss(0, 0.5) for _ in range(3)] for _ in range(3)]
for epoch in range(20):
    for x, k in rows:
        a = [math.tanh(sum(v * e for v, e in zip(row, x))) for row in V]
        z = [math.exp(sum(w * e for w, e in zip(row, a))) for row in W]
        p = [e / sum(z) for e in z]
        d2 = [q - (1.0 if i == k else 0.0) for i, q in enumerate(p)]
        back = [sum(W[o][i] * d2[o] for o in range(3)) for i in range(3)]
        #~ d1 = [e * (1 - q) for e, q in zip(back, a)]  #: wrong: uses q where q ** 2 belongs
        d1 = [e * (1 - q * q) for e, q in zip(back, a)]
        for G, d, e in ((W, d2, a), (V, d1, x)):
            for row, g in zip(G, d):
                for j, u in enumerate(e):
                    row[j] -= 0.1 * g * u
