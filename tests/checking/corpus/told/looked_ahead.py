"""A gradient that is taken ahead of the parameter, as by Nesterov's method, is not called wrong."""
import numpy as np

rng = np.random.default_rng(2)
X = rng.normal(size=(20, 3))
y = X @ [1.0, -2.0, 0.5] + rng.standard_t(2, 20)
w, speed = np.zeros(3), np.zeros(3)


def loss(w):
    r = X @ w - y
    return np.where(np.abs(r) < 0.8, 0.5 * r**2, 0.8 * np.abs(r) - 0.32).mean()


def gradient(w):
    return X.T @ np.clip(X @ w - y, -0.8, 0.8) / len(y)


for step in range(100):
    ahead = w + 0.9 * speed
    speed = 0.9 * speed - 0.1 * gradient(ahead)
    w = w + speed  #: cannot tell: the gradient is taken at ahead, not at it
    if step % 20 == 0:
        print(step, loss(w))
