"""Numbers of a list decay, but not the bias; a sum of squares in the model is no regularisation.

What a comprehension draws is drawn once: no edit of it runs.
"""
import random

r = random.Random(4)
RATE, DECAY = 0.05, 0.01
true_w = [r.gauss(0, 1) for _ in range(3)]
data = [{i: r.uniform(-1.5, 1.5) for i in range(3)} for _ in range(6)]


class Machine:
    def __init__(self):
        self.bias, self.w = 0.0, [0.0] * 3
        self.v = [[r.gauss(0, 0.3) for _ in range(2)] for _ in range(3)]

    def sums(self, x):
        return [sum(self.v[i][f] * xi for i, xi in x.items()) for f in range(2)]

    def predict(self, x):
        out = self.bias + sum(self.w[i] * xi for i, xi in x.items())
        for f, s in enumerate(self.sums(x)):
            out += 0.5 * (s**2 - sum((self.v[i][f] * xi) ** 2 for i, xi in x.items()))
        return out

    def step(self, x, y):
        sums, error = self.sums(x), self.predict(x) - y
        self.bias -= RATE * error
        for i, xi in x.items():
            #~ self.w[i] -= RATE * (error + DECAY * self.w[i])  #: wrong: the factor xi is left out
            self.w[i] -= RATE * (error * xi + DECAY * self.w[i])
            for f in range(2):
                vif = self.v[i][f]
                #~ slope = xi * sums[f] - vif * xi  #: wrong: brackets are missing
                slope = xi * sums[f] - vif * xi**2
                self.v[i][f] = vif - RATE * (error * slope + DECAY * vif)
        return 0.5 * error**2


machine = Machine()
for epoch in range(20):
    total = 0.0
    for x in data:
        total += machine.step(x, sum(true_w[i] * xi for i, xi in x.items()))
    print(epoch, total / len(data))
