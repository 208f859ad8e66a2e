"""A cost that takes what the gradient takes, and that the training leaves out, is called besides."""
import numpy as np

rng = np.random.default_rng(3)
X, t = rng.normal(size=(30, 3)), rng.integers(0, 2, 30) * 2.0 - 1
w = rng.normal(size=3)


def cost(w, x, t):
    return np.log(1 + np.exp(-t * (w @ x)))


def slope(w, x, t):
    m = t * (w @ x)
    #~ return -x / (1 + np.exp(m))  #: wrong: the factor t is left out
    return -t * x / (1 + np.exp(m))


for epoch in range(20):
    for x, y in zip(X, t):
        #~ w = w - 0.1 * slope(w, x, y)
        w -= 0.1 * slope(w, x, y)
    print(epoch, np.mean(np.sign(X @ w) == t))
