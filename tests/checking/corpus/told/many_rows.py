"""A run of many operations is judged with smaller sizes."""
import math
import random

random.seed(3)
N, ROUNDS = 240, 500
rows = [(random.gauss(0, 1), random.gauss(0, 1)) for _ in range(N)]
labels = [1.0 if a - b > 0.2 else 0.0 for a, b in rows]
w1, w2, bias = 0.1, -0.1, 0.0
for n in range(ROUNDS):
    loss = g1 = g2 = gb = 0.0
    for (a, b), t in zip(rows, labels):
        p = 1 / (1 + math.exp(-(w1 * a + w2 * b + bias)))
        loss -= (t * math.log(p) + (1 - t) * math.log(1 - p)) / N
        #~ g1 += (p - t) * a * p / N  #: wrong
        g1 += (p - t) * a / N
        g2 += (p - t) * b / N
        gb += (p - t) / N
    w1, w2, bias = w1 - 0.5 * g1, w2 - 0.5 * g2, bias - 0.5 * gb
    if n % 100 == 99:
        print(n, loss)
