"""The steps before one with a loss have it, too."""
import numpy as np

rng = np.random.default_rng(0)
x, y, w = rng.normal(size=9), rng.normal(size=9), np.array([0.5, -0.2])
m, v = np.zeros(2), np.zeros(2)


def mse():
    return np.mean((w[0] * x + w[1] * x**2 - y) ** 2)


for t in range(1, 50):
    e = 2 * (w[0] * x + w[1] * x**2 - y) / 9
    #~a g = np.array([e @ x, e @ x])
    g = np.array([e @ x, e @ x**2])
    m = 0.9 * m + 0.1 * g
    v = 0.99 * v + 0.01 * g**2
    #~a w = w - 0.02 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)  #: cannot tell
    w = w - 0.02 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8)  #: right
    if t % 10 == 1:
        print(mse())
