import math


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


class Neuron:
    def __init__(self):
        self.w1, self.w2, self.b = 0.4, -0.3, 0.1

    def train(self, data, targets):
        for x, t in zip(data, targets):
            z = self.w1 * x[0] + self.w2 * x[1] + self.b
            o = sigmoid(z)
            d_L_d_o = 2 * (o - t)
            d_o_d_w1 = x[0] * o * (1 - o)
            d_o_d_w2 = x[1] * o * (1 + o)
            d_o_d_b = o * (1 - o)
            self.w1 -= 0.5 * d_L_d_o * d_o_d_w1
            self.w2 -= 0.5 * d_L_d_o * d_o_d_w2
            self.b -= 0.5 * d_L_d_o * d_o_d_b


Neuron().train([(0.2, 1.1), (-0.7, 0.4), (1.3, -0.6)], [1, 0, 1])
