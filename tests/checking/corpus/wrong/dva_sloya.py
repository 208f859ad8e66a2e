import numpy as np

np.random.seed(10)
# vhod i vyhod (input and output)
vhod = np.random.rand(12, 3)
vyhod = (vhod.sum(axis=1, keepdims=True) - 1.5) ** 2

ves_1 = np.random.randn(3, 5)
sdvig_1 = np.zeros((1, 5))
ves_2 = np.random.randn(5, 1)
sdvig_2 = np.zeros((1, 1))
skorost = 0.5


def sigmoida(z):
    return 1 / (1 + np.exp(-z))


for shag in range(200):
    # pryamoy prohod
    skrytyy = sigmoida(vhod @ ves_1 + sdvig_1)
    otvet = skrytyy @ ves_2 + sdvig_2
    poteri = ((otvet - vyhod) ** 2).mean()

    # obratnyy prohod
    d_otvet = 2 * (otvet - vyhod) / len(vhod)
    d_ves_2 = skrytyy.T @ d_otvet
    d_skrytyy = (d_otvet @ ves_2.T) * skrytyy  # wrong: factor (1 - skrytyy) lost
    d_ves_1 = vhod.T @ d_skrytyy
    ves_2 -= skorost * d_ves_2
    sdvig_2 -= skorost * d_otvet.sum(axis=0, keepdims=True)
    ves_1 -= skorost * d_ves_1
    sdvig_1 -= skorost * d_skrytyy.sum(axis=0, keepdims=True)
    if shag % 40 == 0:
        print(shag, poteri)
