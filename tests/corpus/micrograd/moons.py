"""A notebook's training: two half moons, the max-margin loss of all rows, a falling rate."""

import math
import random

from micrograd.engine import Value
from micrograd.nn import MLP

random.seed(1337)
X, y = [], []
for i in range(20):
    side, angle = (1, -1)[i % 2], math.pi * i / 19
    noise = [random.gauss(0.0, 0.1) for _ in range(2)]
    shift = (0.0, 0.0) if side > 0 else (1.0, 0.5)
    X.append([side * math.cos(angle) + shift[0] + noise[0],
              side * math.sin(angle) + shift[1] + noise[1]])
    y.append(side)

model = MLP(2, [6, 6, 1])
print(model)
print(len(model.parameters()), model.layers[0].neurons[0].w[0].data)
for k in range(25):
    inputs = [list(map(Value, row)) for row in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores)]
    loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum((p * p for p in model.parameters()))
    model.zero_grad()
    loss.backward()
    rate = 1.0 - 0.9 * k / 25
    for p in model.parameters():
        p.data -= rate * p.grad
    right = sum((yi > 0) == (score.data > 0) for yi, score in zip(y, scores))
    print(k, f"{loss.data:.10f}", right)
