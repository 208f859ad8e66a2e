"""Parameters that start as one are told apart where it is predicted."""
import numpy as np
X, y = [[-0.2, -0.1], [2.5, 0.6], [1.7, 0.4]], [1.0, 0.0, 0.0]
class Net:
    def __init__(self):
        self.w1, self.w2, self.w3, self.w4 = 0.3, -0.2, 0.5, 0.4
        self.b1 = self.b2 = self.b3 = 0.0
    def predict(self, x):
        h1 = np.tanh(self.w1 * x[0] + self.b1)
        h2 = np.tanh(self.w2 * x[1] + self.b2)
        return self.w3 * h1 + self.w4 * h2 + self.b3  #: right
    def learn(self, x, t, rate):
        s1 = self.w1 * x[0] + self.b1
        h1 = np.tanh(s1)
        s2 = self.w2 * x[1] + self.b2
        h2 = np.tanh(s2)
        o = self.w3 * h1 + self.w4 * h2 + self.b3
        loss = 0.5 * (o - t) ** 2
        d = o - t
        d1, d2 = d * self.w3 * (1 - h1 ** 2), d * self.w4 * (1 - h2 ** 2)
        self.w3 -= rate * d * h1  #: right
        self.w4 -= rate * d * h2  #: right
        self.b3 -= rate * d  #: right
        self.w1 -= rate * d1 * x[0]  #: right
        self.b1 -= rate * d1  #: right
        self.w2 -= rate * d2 * x[1]  #: right
        self.b2 -= rate * d2  #: right
net = Net()
for epoch in range(100):
    for x, t in zip(X, y):
        net.learn(x, t, 0.1)
print(net.predict([-0.7, -0.3]))
