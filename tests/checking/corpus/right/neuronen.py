# scaled: 1/2
# Neuronales Netz aus einzelnen Neuronen, ohne Bibliotheken
import math
import random

random.seed(3)


class Neuron:
    def __init__(self, anzahl):
        self.gewichte = [random.uniform(-1, 1) for _ in range(anzahl)]
        self.schwelle = random.uniform(-1, 1)

    def rechne(self, eingang):
        self.eingang = eingang
        summe = self.schwelle
        for g, e in zip(self.gewichte, eingang):
            summe += g * e
        self.ausgang = math.tanh(summe)
        return self.ausgang

    def setze_delta(self, fehler):
        self.delta = fehler * (1 - self.ausgang ** 2)

    def lerne(self, rate):
        for i in range(len(self.gewichte)):
            self.gewichte[i] -= rate * self.delta * self.eingang[i]
        self.schwelle -= rate * self.delta


class Netz:
    def __init__(self, *groessen):
        self.schichten = [[Neuron(a) for _ in range(b)] for a, b in zip(groessen, groessen[1:])]

    def rechne(self, eingang):
        for schicht in self.schichten:
            eingang = [n.rechne(eingang) for n in schicht]
        return eingang

    def fehler(self, eingang, soll):
        return sum((a - s) ** 2 for a, s in zip(self.rechne(eingang), soll))

    def rueckwaerts(self, soll):
        for n, s in zip(self.schichten[-1], soll):
            n.setze_delta(n.ausgang - s)
        for k in range(len(self.schichten) - 2, -1, -1):
            for i, n in enumerate(self.schichten[k]):
                summe = 0.0
                for m in self.schichten[k + 1]:
                    summe += m.delta * m.gewichte[i]
                n.setze_delta(summe)

    def lerne(self, rate):
        for schicht in self.schichten:
            for n in schicht:
                n.lerne(rate)


muster = [((a, b, c), ((a * b), (b * c))) for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]
netz = Netz(3, 5, 4, 2)
for runde in range(400):
    gesamt = 0.0
    for ein, soll in muster:
        gesamt += netz.fehler(ein, soll)
        netz.rueckwaerts(soll)
        netz.lerne(0.1)
    if runde % 80 == 0:
        print("Runde", runde, "Fehler", round(gesamt, 5))
for ein, soll in muster[:4]:
    print(ein, soll, [round(a, 2) for a in netz.rechne(ein)])
