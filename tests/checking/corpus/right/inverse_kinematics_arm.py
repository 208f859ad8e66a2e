"""Gradient descent inverse kinematics for a 3-link planar arm (plain floats)."""
from math import sin, cos, pi
from typing import List, Tuple

LINKS: List[float] = [1.0, 0.8, 0.5]
REST = [0.3, 0.3, 0.3]
ALPHA = 0.02


def fk(q: List[float]) -> Tuple[float, float]:
    x = y = angle = 0.0
    for length, qi in zip(LINKS, q):
        angle += qi
        x += length * cos(angle)
        y += length * sin(angle)
    return x, y


def objective(q, target):
    x, y = fk(q)
    reg = sum((qi - ri) ** 2 for qi, ri in zip(q, REST))
    return 0.5 * ((x - target[0]) ** 2 + (y - target[1]) ** 2) + 0.5 * ALPHA * reg


def gradient(q, target):
    x, y = fk(q)
    ex, ey = x - target[0], y - target[1]
    cum, angle = [], 0.0
    for qi in q:
        angle += qi
        cum.append(angle)
    grad = []
    for j in range(len(q)):
        # joint j moves every link from j on
        jx = -sum(LINKS[k] * sin(cum[k]) for k in range(j, len(q)))
        jy = sum(LINKS[k] * cos(cum[k]) for k in range(j, len(q)))
        grad.append(ex * jx + ey * jy + ALPHA * (q[j] - REST[j]))
    return grad


target = (0.6, 1.4)
q = [pi / 8, pi / 6, -pi / 10]
for n in range(120):
    g = gradient(q, target)
    q = [qi - 0.1 * gi for qi, gi in zip(q, g)]
    if n % 30 == 0:
        print(n, "objective", round(objective(q, target), 6))
print("end effector at", fk(q))
