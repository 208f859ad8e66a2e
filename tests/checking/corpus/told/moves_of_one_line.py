"""Trainings whose whole step is one line, which computes the prediction and moves the weights."""
import numpy as np

np.random.seed(0)
x = np.random.randn(30, 3)
X = np.c_[np.ones(30), x]
y = X @ np.array([1.0, 2.0, -1.0, 0.5]) + 0.1 * np.random.randn(30)

theta = np.zeros(4)
for _ in range(40):
    #~ theta += 0.1 * X.T @ (X @ theta - y) / len(y)  #: wrong: moves up the gradient, not down
    #~ theta = theta - 0.1 * X.T @ (X @ theta - y) / len(y)  #: right
    theta -= 0.1 * X.T @ (X @ theta - y) / len(y)  #: right

labels = (y > 0) * 1.0
w = np.zeros(4)
for _ in range(40):
    #~ w -= 0.1 * X.T @ (1 / (1 + np.exp(-X @ w)) + labels) / 30  #: wrong: labels
    w -= 0.1 * X.T @ (1 / (1 + np.exp(-X @ w)) - labels) / 30  #: right

m, b = 0.0, 0.0
for _ in range(40):
    dm = sum(x[:, 0] * (m * x[:, 0] + b - y)) * 2 / 30
    b = b - 0.1 * sum(m * x[:, 0] + b - y) * 2 / 30  #: right
    m = m - 0.1 * dm  #: right
