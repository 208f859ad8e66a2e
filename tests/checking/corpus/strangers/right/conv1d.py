import numpy as np


def conv1d_forward(x, k, b):
    n_out = len(x) - len(k) + 1
    out = np.zeros(n_out)
    for i in range(n_out):
        out[i] = np.dot(x[i:i + len(k)], k) + b
    return out


def conv1d_backward(dout, x, k):
    dx = np.zeros_like(x)
    dk = np.zeros_like(k)
    for i, d in enumerate(dout):
        dk += d * x[i:i + len(k)]
        dx[i:i + len(k)] += d * k
    return dx, dk, dout.sum()


rng = np.random.default_rng(2)
signal = rng.normal(size=30)
target = np.convolve(signal, [0.5, -1.0, 0.25], mode="valid")

kernel = rng.normal(size=3)
bias = 0.1
for step in range(200):
    out = conv1d_forward(signal, kernel, bias)
    dout = 2 * (out - target) / len(out)
    _, dk, db = conv1d_backward(dout, signal, kernel)
    kernel -= 0.1 * dk
    bias -= 0.1 * db
    if step % 50 == 0:
        print(step, np.mean((out - target) ** 2))
print(kernel[::-1], bias)
