"""Numbers that start as one move apart; a mistake in one of them is seen."""
import math
class Net:
    def __init__(self):
        self.w = [[0.3, -0.2], [0.1, 0.4]]
        #~a self.b = [0.0] * 2
        #~b self.b = [0] * 2
        #~c self.b = [0.0] * 2
        #~d self.b = [0] * 2
        self.a = self.b = 0.0
    def step(self, x, y):
        #~a h = [math.tanh(self.w[j][0] * x[0] + self.w[j][1] * x[1] + self.b[j]) for j in range(2)]
        #~b h = [math.tanh(self.w[j][0] * x[0] + self.w[j][1] * x[1] + self.b[j]) for j in range(2)]
        #~c h = [math.tanh(self.w[j][0] * x[0] + self.w[j][1] * x[1] + self.b[j]) for j in range(2)]
        #~d h = [math.tanh(self.w[j][0] * x[0] + self.w[j][1] * x[1] + self.b[j]) for j in range(2)]
        h = [math.tanh(self.w[j][0] * x[0] + self.w[j][1] * x[1] + [self.a, self.b][j]) for j in range(2)]
        out = h[0] - 2 * h[1]
        loss = (out - y) ** 2
        d = 2 * (out - y)
        slope = [d * (1 - h[0] ** 2), -2 * d * (1 - h[1] ** 2)]
        for j in range(2):
            for i in range(2):
                self.w[j][i] -= 0.1 * slope[j] * x[i]  #: right
        #~a self.b[0] -= 0.1 * slope[0]; self.b[1] -= 0.1 * slope[1]
        #~b self.b[0] -= 0.1 * slope[0]; self.b[1] -= 0.1 * slope[1]
        #~ for n, s in zip('ab', slope): setattr(self, n, getattr(self, n) - 0.1 * s)
        #~ self.a -= 0.1 * slope[0]; self.b -= 0.1 * slope[0]  #: right, wrong
        #~c self.b[0] -= 0.1 * slope[0]; self.b[1] -= 0.1 * slope[0]  #: right, wrong
        #~d self.b[0] -= 0.1 * slope[0]; self.b[1] -= 0.1 * slope[0]  #: right, wrong
        #~ for n, s in zip('ab', slope[:1] * 2): setattr(self, n, getattr(self, n) - 0.1 * s)  #: right, wrong
        self.a -= 0.1 * slope[0]; self.b -= 0.1 * slope[1]  #: right
net = Net()
for k in range(4):
    for x, y in [([0.5, -1.0], 0.3), ([1.5, 0.2], 0.7)]:
        net.step(x, y)
