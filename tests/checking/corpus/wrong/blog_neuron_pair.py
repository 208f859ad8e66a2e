from math import exp
import random

random.seed(21)


def s(x):
    return 1 / (1 + exp(-x))


# weights: two hidden neurons (a and c), one output neuron
a1, a2, ab = [random.uniform(-1, 1) for _ in range(3)]
c1, c2, cb = [random.uniform(-1, 1) for _ in range(3)]
o1, o2, ob = [random.uniform(-1, 1) for _ in range(3)]

table = [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
step = 0.6
for n in range(2500):
    cost = 0
    for x, y, want in table:
        ha = s(a1 * x + a2 * y + ab)
        hc = s(c1 * x + c2 * y + cb)
        out = s(o1 * ha + o2 * hc + ob)
        cost += (out - want) ** 2

        e = 2 * (out - want) * out * (1 - out)
        ea = e * o1 * ha * (1 - ha)
        ec = e * o1 * hc * (1 - hc)  # wrong: The error of neuron c must flow through o2, not o1 (copied line). / The second weight of n

        o1 -= step * e * ha
        o2 -= step * e * hc
        ob -= step * e
        a1 -= step * ea * x
        a2 -= step * ea * x
        ab -= step * ea
        c1 -= step * ec * x
        c2 -= step * ec * y
        cb -= step * ec
    if n % 500 == 0:
        print("round", n, "cost", round(cost, 4))
