"""A window that is read the other way round, in a statement that runs 240 times a step."""
import numpy as np

rng = np.random.default_rng(6)
F, K, N = 4, 5, 12
kern, v = 0.3 * rng.normal(size=(F, K)), rng.normal(size=F)
for step in range(6):
    s, t = rng.normal(size=N + K - 1), float(step % 2)
    z = np.array([[kern[f] @ s[i : i + K] for i in range(N)] for f in range(F)])
    p = 1 / (1 + np.exp(-(v @ (z**2).mean(axis=1))))
    loss = -np.log(p) if t else -np.log(1 - p)
    gk = np.zeros_like(kern)
    for f in range(F):
        for i in range(N):
            for k in range(K):
                #~ gk[f, k] += (p - t) * v[f] * 2 * z[f, i] / N * s[i + K - 1 - k]  #: wrong: s[i + k] belongs
                gk[f, k] += (p - t) * v[f] * 2 * z[f, i] / N * s[i + k]
    v -= 0.1 * (p - t) * (z**2).mean(axis=1)
    kern -= 0.1 * gk
