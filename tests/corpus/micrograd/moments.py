"""Adam, which remembers its moments on the parameters themselves."""

import random
from micrograd.engine import Value
from micrograd.nn import MLP

random.seed(0)
model = MLP(2, [4, 1])
for p in model.parameters():
    p.m, p.v = 0.0, 0.0
for t in range(1, 11):
    loss = sum((model([a, b]) - a * b) ** 2 for a in (-1.0, 1.0) for b in (-1.0, 1.0))
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.m = 0.9 * p.m + 0.1 * p.grad
        p.v = 0.999 * p.v + 0.001 * p.grad**2
        p.data -= 0.05 * (p.m / (1 - 0.9**t)) / ((p.v / (1 - 0.999**t)) ** 0.5 + 1e-8)
print(f"{loss.data:.6f}")
