"""A little network of names: characters one after the other, an MLP, cross entropy."""

import random
from micrograd.engine import Value
from micrograd.nn import MLP

words = ["emma", "ava", "mia"]
letters = sorted(set("".join(words)))
index = {c: i + 1 for i, c in enumerate(letters)}
index["."] = 0
pairs = [(a, b) for w in words for a, b in zip("." + w, w + ".")]

random.seed(42)
model = MLP(len(index), [8, len(index)])
rows = [[1.0 if i == index[a] else 0.0 for i in range(len(index))] for a, _ in pairs]

for step in range(20):
    loss = Value(0.0)
    for row, (_, b) in zip(rows, pairs):
        scores = model(row)
        counts = [s.exp() for s in scores]
        loss -= (counts[index[b]] / sum(counts)).log()
    loss = loss / len(pairs)
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data += -0.5 * p.grad
print(f"{loss.data:.6f}")
