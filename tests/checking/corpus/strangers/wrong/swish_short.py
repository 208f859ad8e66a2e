import numpy as np

f = lambda z: z / (1 + np.exp(-z))


def df(z):
    s = 1 / (1 + np.exp(-z))
    return z * s * (1 - s)  # wrong: the derivative of z*sigmoid(z) keeps only z*s*(1-s), the term s from the product rule is missing


def E(x, y, A, B):
    return np.sum((f(x @ A) @ B - y) ** 2) / len(x)


def dE(x, y, A, B):
    z = x @ A
    h = f(z)
    e = 2 * (h @ B - y) / len(x)
    return x.T @ (e @ B.T * df(z)), h.T @ e


r = np.random.RandomState(27)
x = np.c_[r.uniform(-2, 2, (50, 2)), np.ones(50)]
y = np.maximum(x[:, :1], x[:, 1:2])
A = r.randn(3, 7)
B = r.randn(7, 1) * 0.4
for k in range(250):
    a, b = dE(x, y, A, B)
    A -= 0.05 * a
    B -= 0.05 * b
    if k % 50 == 0:
        print(k, E(x, y, A, B))
