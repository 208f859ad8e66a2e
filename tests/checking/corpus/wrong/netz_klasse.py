import numpy as np


class Netz:
    """Kleines Netz: Eingabe -> tanh -> lineare Ausgabe."""

    def __init__(self, ein, versteckt, aus, keim=0):
        zufall = np.random.default_rng(keim)
        self.A = zufall.normal(0, 1, (ein, versteckt))
        self.a = zufall.normal(0, 0.3, versteckt)
        self.B = zufall.normal(0, 0.4, (versteckt, aus))
        self.b = np.zeros(aus)

    def vorwaerts(self, x):
        self.x = x
        self.h = np.tanh(x @ self.A + self.a)
        return self.h @ self.B + self.b

    def rueckwaerts(self, fehler, rate):
        dB = self.h.T @ fehler
        db = fehler.sum(axis=0)
        dh = fehler @ self.B.T * (1 - self.h)  # wrong: the derivative of tanh is 1 - h**2, not 1 - h
        dA = self.x.T @ dh
        da = dh.sum(axis=0)
        self.A -= rate * dA
        self.a -= rate * da
        self.B -= rate * dB
        self.b -= rate * db


x = np.linspace(-1, 1, 41)[:, None]
soll = 0.5 * x ** 3 - 0.3 * x
netz = Netz(1, 6, 1, keim=3)
for runde in range(200):
    y = netz.vorwaerts(x)
    verlust = np.mean((y - soll) ** 2) / 2
    netz.rueckwaerts((y - soll) / len(x), 0.05)
    if runde % 50 == 0:
        print("Runde", runde, "Verlust", verlust)
