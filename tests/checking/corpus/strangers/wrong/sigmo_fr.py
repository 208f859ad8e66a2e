import numpy as np


def sigmo(z):
    return 1 / (1 + np.exp(-z))


def sigmo_derivee(z):
    s = sigmo(z)
    return s * (1 - s)


alea = np.random.RandomState(22)
entrees = alea.uniform(-2, 2, (50, 2))
sorties = (np.abs(entrees).sum(axis=1, keepdims=True) < 2).astype(float)

poids1 = alea.randn(2, 6)
biais1 = np.zeros((1, 6))
poids2 = alea.randn(6, 1)
biais2 = np.zeros((1, 1))
taux = 0.5

for iteration in range(400):
    z1 = entrees.dot(poids1) + biais1
    a1 = sigmo(z1)
    z2 = a1.dot(poids2) + biais2
    a2 = sigmo(z2)

    delta2 = 2 * (a2 - sorties) / len(entrees) * sigmo_derivee(z2)
    delta1 = delta2.dot(poids2.T) * sigmo(z1)  # wrong: the hidden delta is multiplied by the activation sigmo(z1) instead of its derivative

    poids2 -= taux * a1.T.dot(delta2)
    biais2 -= taux * delta2.sum(axis=0)
    poids1 -= taux * entrees.T.dot(delta1)
    biais1 -= taux * delta1.sum(axis=0)
    if iteration % 100 == 0:
        print("itération", iteration, "EQM", np.mean((a2 - sorties) ** 2))
