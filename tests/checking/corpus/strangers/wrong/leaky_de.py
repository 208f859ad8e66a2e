import numpy as np

STEIGUNG = 0.2


def leaky(z):
    return np.where(z > 0, z, STEIGUNG * z)


def vorwaerts(x, W1, b1, W2, b2):
    z = x @ W1 + b1
    a = leaky(z)
    return z, a, a @ W2 + b2


def rueckwaerts(x, y, W1, b1, W2, b2):
    z, a, aus = vorwaerts(x, W1, b1, W2, b2)
    d = 2 * (aus - y) / len(x)
    dW2 = a.T @ d
    db2 = d.sum(axis=0)
    dz = (d @ W2.T) * (z > 0)  # wrong: the negative side of the leaky ReLU derivative is 0 instead of the slope
    dW1 = x.T @ dz
    db1 = dz.sum(axis=0)
    return dW1, db1, dW2, db2


zufall = np.random.default_rng(16)
x = zufall.uniform(-1, 1, (70, 2))
y = x[:, :1] * x[:, 1:]
gewichte = [zufall.normal(size=(2, 10)), np.zeros(10), 0.3 * zufall.normal(size=(10, 1)), np.zeros(1)]
for epoche in range(200):
    gradienten = rueckwaerts(x, y, *gewichte)
    gewichte = [w - 0.1 * g for w, g in zip(gewichte, gradienten)]
    if epoche % 50 == 0:
        fehler = vorwaerts(x, *gewichte)[2] - y
        print("Epoche", epoche, "Fehler", float(np.mean(fehler ** 2)))
