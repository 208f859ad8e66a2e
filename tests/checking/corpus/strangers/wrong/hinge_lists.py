import random

random.seed(2)
points = []
for _ in range(30):
    points.append((random.gauss(1.2, 0.8), random.gauss(0.8, 0.8), 1))
    points.append((random.gauss(-1.0, 0.8), random.gauss(-0.9, 0.8), -1))

w = [0.01, 0.01]
b = 0.0
lam = 0.01
step = 0.05


def decision(x1, x2):
    return w[0] * x1 + w[1] * x2 + b


for epoch in range(20):
    random.shuffle(points)
    for x1, x2, y in points:
        g0, g1, gb = lam * w[0], lam * w[1], 0.0
        if y * decision(x1, x2) > 1:  # wrong: the margin condition is inverted: samples beyond the margin are pushed, violators are not
            g0 -= y * x1
            g1 -= y * x2
            gb -= y
        w[0] -= step * g0
        w[1] -= step * g1
        b -= step * gb

hits = sum(1 for x1, x2, y in points if y * decision(x1, x2) > 0)
print("weights", [round(v, 4) for v in w], "bias", round(b, 4))
print("correct", hits, "of", len(points))
