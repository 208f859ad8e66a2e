"""Scalars; `seed` is where it starts."""
import math
seed = 0.5
x = [1, 2.5, seed]
w = {"a": 0.25, "b": seed * 2}
z = w["a"] * x[0] + w["b"] * x[1] - -x[2] ** 2
h = 1 / (1 + math.exp(-z))
t = max(h, 0.1, z / 7)
u = abs(-t) if z > 0 else t
last = round(u, 3) + float(u) + int(3.7) + pow(u, 2)
total = sum([h, t, u]) + sum(x)
