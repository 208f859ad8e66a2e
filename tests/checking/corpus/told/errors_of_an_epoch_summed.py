"""The errors of an epoch are summed: the sum is computed from moves before, which may be wrong."""
import math


class Neuron:
    def __init__(self):
        self.w = [0.3, -0.2]
        self.b = 0.1

    def output(self, x):
        s = self.b
        for w, one in zip(self.w, x):
            s += w * one
        return 1 / (1 + math.exp(-s))

    def learn(self, x, target, rate):
        o = self.output(x)
        error = target - o
        slope = o * (1 - o)
        for i in range(len(self.w)):
            self.w[i] += rate * error * slope * x[i]
        #~ self.b += rate * error  #: wrong: the slope of the activation is left out
        self.b += rate * error * slope

    def train(self, samples):
        for epoch in range(50):
            sse = 0
            for x, t in samples:
                sse += (t - self.output(x)) ** 2 / 2
                self.learn(x, t, 0.5)
            print(sse)


Neuron().train([((0, 0), 0), ((0, 1), 0), ((1, 0), 0), ((1, 1), 1)])
