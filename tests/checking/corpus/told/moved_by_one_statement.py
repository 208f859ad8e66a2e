"""One statement moves all weights, and some are read after that."""
import math
import random

random.seed(5)


class Neuron:
    def __init__(self, n):
        self.w = [random.uniform(-1, 1) for _ in range(n)]

    def fire(self, x):
        self.x = x
        self.out = 1 / (1 + math.exp(-sum(w * e for w, e in zip(self.w, x))))
        return self.out

    def adjust(self, d):
        for k, e in enumerate(self.x):
            self.w[k] -= 0.5 * d * e


hidden, last = [Neuron(2) for _ in range(3)], Neuron(3)
for step in range(50):
    x = [random.random(), random.random()]
    out = last.fire([n.fire(x) for n in hidden])
    d = (out - x[0] * x[1]) * out * (1 - out)
    #~a last.adjust(d)
    back = [d * w for w in last.w]
    #~a back = [d * w for w in last.w]  #: wrong: after line 19 moved it
    last.adjust(d)
    for n, b in zip(hidden, back):
        n.adjust(b * n.out * (1 - n.out))
