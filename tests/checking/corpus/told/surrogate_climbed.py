"""A surrogate may be climbed: that its moves go up is no mistake."""
import numpy as np

rng = np.random.default_rng(4)
theta = np.zeros((5, 3))


def policy(theta, s):
    e = np.exp(theta[s] - theta[s].max())
    return e / e.sum()


def surrogate(theta, path, gains):
    return sum(g * np.log(policy(theta, s)[a]) for (s, a), g in zip(path, gains))


def surrogate_grad(theta, path, gains):
    found = np.zeros_like(theta)
    for (s, a), g in zip(path, gains):
        #~ found[s] -= 2 * g * policy(theta, s)  #: wrong: a factor 2 too much
        found[s] -= g * policy(theta, s)
        found[s, a] += g
    return found


for episode in range(60):
    path = [(rng.integers(5), rng.integers(3)) for _ in range(6)]
    gains = rng.normal(size=6)
    theta += 0.1 * surrogate_grad(theta, path, gains)
    if episode % 20 == 0:
        print(episode, surrogate(theta, path, gains))
