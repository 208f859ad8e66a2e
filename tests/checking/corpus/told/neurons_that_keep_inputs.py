"""One function does not part from itself."""
from math import exp
from random import uniform
class Neuron:
    def __init__(self, n):
        self.w, self.b = [uniform(-1, 1) for _ in range(n)], uniform(-1, 1)
    def fire(self, x):
        self.x = x
        z = sum(w * e for w, e in zip(self.w, x)) + self.b
        self.out = 1 / (1 + exp(-z))
        return self.out
    def move(self, d):
        for i, e in enumerate(self.x):
            self.w[i] -= 0.8 * d * e  #: right
        self.b -= 0.8 * d  #: right
data = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)]
hidden, last = [Neuron(2) for _ in range(4)], Neuron(4)
for epoch in range(2001):
    cost = 0
    for x, t in data:
        p = last.fire([n.fire(x) for n in hidden])
        cost += (p - t) ** 2 / 2
        d = (p - t) * p * (1 - p)
        ds = [d * w * n.out * (1 - n.out) for w, n in zip(last.w, hidden)]
        for n, own in zip([*hidden, last], [*ds, d]):
            n.move(own)
for x, t in data:
    print(last.fire([n.fire(x) for n in hidden]))
