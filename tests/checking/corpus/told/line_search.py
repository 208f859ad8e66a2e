"""One vector of all parameters, of which a part is wrong, still shows of what number it goes down."""
import numpy as np

rng = np.random.default_rng(1)
x = rng.normal(size=(20, 2))
y = np.sin(x[:, :1] - 2 * x[:, 1:])
theta = 0.5 * rng.normal(size=2 * 3 + 3 + 3 + 1)


def taken_apart(theta):
    return theta[:6].reshape(2, 3), theta[6:9], theta[9:12].reshape(3, 1), theta[12:]


def height(theta):
    U, b, V, c = taken_apart(theta)
    return np.mean((np.log1p(np.exp(x @ U + b)) @ V + c - y) ** 2)


def slope(theta):
    U, b, V, c = taken_apart(theta)
    a = x @ U + b
    h = np.log1p(np.exp(a))
    do = 2 * (h @ V + c - y) / len(x)
    da = do @ V.T / (1 + np.exp(-a))
    #~ parts = x.T @ da, da.mean(axis=0), h.T @ do, do.sum(axis=0)  #: wrong: averages where it should sum
    parts = x.T @ da, da.sum(axis=0), h.T @ do, do.sum(axis=0)
    return np.concatenate([part.ravel() for part in parts])


def lower(theta, before, g, t):
    for _ in range(20):
        new = theta - t * g
        now = height(new)
        if now <= before - 1e-4 * t * (g @ g):
            return new, now, t
        t *= 0.5
    return theta, before, t


at, t = height(theta), 0.5
for k in range(100):
    if k % 25 == 0:
        print(k, at)
    theta, at, t = lower(theta, at, slope(theta), min(1.0, 2 * t))
