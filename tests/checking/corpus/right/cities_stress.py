import numpy as np

# Metric MDS: place cities on a plane from their road distances (km).

names = ["Berlin", "Hamburg", "Munich", "Cologne", "Frankfurt", "Dresden", "Stuttgart"]
D = np.array([
    [0, 289, 585, 575, 545, 193, 632],
    [289, 0, 775, 425, 495, 477, 655],
    [585, 775, 0, 576, 392, 460, 220],
    [575, 425, 576, 0, 190, 569, 369],
    [545, 495, 392, 190, 0, 461, 205],
    [193, 477, 460, 569, 461, 0, 506],
    [632, 655, 220, 369, 205, 506, 0],
], dtype=float) / 100

n = len(names)
rng = np.random.default_rng(0)
P = rng.normal(size=(n, 2))


def stress(P):
    s = 0.0
    for i in range(n):
        for j in range(i):
            d = np.hypot(*(P[i] - P[j]))
            s += (d - D[i, j]) ** 2 / D[i, j]
    return s


def force(P):
    F = np.zeros_like(P)
    for i in range(n):
        for j in range(i):
            delta = P[i] - P[j]
            d = np.hypot(*delta)
            f = 2 * (d - D[i, j]) / D[i, j] * delta / d
            F[i] += f
            F[j] -= f
    return F


eta = 0.1
for k in range(500):
    P -= eta * force(P)
    if k % 100 == 0:
        print(f"{k:4d}  stress {stress(P):.5f}")

P -= P.mean(0)
for name, (px, py) in zip(names, P):
    print(f"{name:10s} {100 * px:8.1f} {100 * py:8.1f}")
