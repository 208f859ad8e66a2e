"""A loss that takes what its gradient takes is called with it, also if it is printed now and then."""
import numpy as np

rng = np.random.default_rng(5)
x = np.linspace(-1, 1, 60)
y = 1 - 2 * x + 0.1 * rng.normal(size=60)
y[rng.choice(60, 5, replace=False)] += 4
Phi = np.vander(x, 3)


def huber(theta, Phi, y, delta):
    total = 0.0
    for r in Phi @ theta - y:
        total += 0.5 * r * r if abs(r) <= delta else delta * (abs(r) - 0.5 * delta)
    return total / len(y)


def huber_grad(theta, Phi, y, delta):
    grad = np.zeros_like(theta)
    for r, row in zip(Phi @ theta - y, Phi):
        if abs(r) <= delta:
            #~ grad += 2 * r * row  #: wrong: a factor 2 too much
            grad += r * row
        else:
            #~ grad += np.sign(r) * row  #: wrong: the factor delta is left out
            grad += delta * np.sign(r) * row
    return grad / len(y)


theta, velocity = np.zeros(3), np.zeros(3)
for epoch in range(60):
    shuffled = rng.permutation(len(y))
    for start in range(0, len(y), 15):
        rows = shuffled[start : start + 15]
        velocity = 0.8 * velocity + huber_grad(theta, Phi[rows], y[rows], 1.5)
        theta = theta - 0.05 * velocity
    if epoch % 20 == 0:
        print(epoch, huber(theta, Phi, y, 1.5))
