"""A step in which no loss is computed has the loss of the first step."""
import numpy as np

rng = np.random.default_rng(7)
x = np.linspace(0, 5, 30)
y = 2 * x - 1 + 0.3 * rng.standard_normal(30)
y[::9] += 8
p, m, v = np.zeros(2), np.zeros(2), np.zeros(2)
for t in range(1, 300):
    r = p[0] * x + p[1] - y
    g = np.array([np.mean(np.clip(r, -1, 1) * x), np.mean(np.clip(r, -1, 1))])
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    #~ p = p - 0.1 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)  #: cannot tell
    p = p - 0.1 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)  #: right: a step of Adam
    if t in (1, 50, 200):
        a = np.abs(r)
        print(np.where(a <= 1, 0.5 * r * r, a - 0.5).mean())
