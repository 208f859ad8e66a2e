import math
import random


def embed(W, x):
    return [sum(wij * xj for wij, xj in zip(row, x)) for row in W]


def sqdist(a, b):
    return sum((p - q) ** 2 for p, q in zip(a, b))


def triplet_loss(W, anchor, pos, neg, margin=1.0):
    ea, ep, en = embed(W, anchor), embed(W, pos), embed(W, neg)
    return max(0.0, sqdist(ea, ep) - sqdist(ea, en) + margin)


def triplet_grad(W, anchor, pos, neg, margin=1.0):
    rows, cols = len(W), len(W[0])
    grad = [[0.0] * cols for _ in range(rows)]
    ea, ep, en = embed(W, anchor), embed(W, pos), embed(W, neg)
    if sqdist(ea, ep) - sqdist(ea, en) + margin <= 0:
        return grad
    for i in range(rows):
        ga = 2 * (ea[i] - ep[i]) - 2 * (ea[i] - en[i])
        gp = -2 * (ea[i] - ep[i])
        gn = 2 * (ea[i] - en[i])
        for j in range(cols):
            grad[i][j] = ga * anchor[j] + gp * pos[j] + gn * neg[j]
    return grad


def sample(label):
    base = [(1, 0, 0, .5), (0, 1, .5, 0), (0, .5, 1, 1)][label]
    return [b + random.gauss(0, 0.4) for b in base]


random.seed(9)
W = [[random.gauss(0, 0.3) for _ in range(4)] for _ in range(2)]
avg = 0.0
for step in range(400):
    a, b = random.sample(range(3), 2)
    trip = sample(a), sample(a), sample(b)
    avg = 0.95 * avg + 0.05 * triplet_loss(W, *trip)
    g = triplet_grad(W, *trip)
    for i in range(2):
        for j in range(4):
            W[i][j] -= 0.01 * g[i][j]
    if step % 100 == 99:
        print("step", step + 1, "avg loss", round(avg, 4))
