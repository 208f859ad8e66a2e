# Un neurone pour trier des fruits : poids, couleur, forme
import math

exemples = [
    (0.9, 0.1, 0.8, 1),
    (0.8, 0.2, 0.9, 1),
    (0.2, 0.9, 0.3, 0),
    (0.3, 0.7, 0.1, 0),
    (0.6, 0.3, 0.7, 1),
    (0.1, 0.8, 0.4, 0),
]
p1, p2, p3 = 0.1, -0.2, 0.05
biais = 0.0
pas = 0.5

for tour in range(300):
    perte = 0.0
    for a, b, c, cible in exemples:
        s = p1 * a + p2 * b + p3 * c + biais
        y = 1.0 / (1.0 + math.exp(-s))
        perte += 0.5 * (y - cible) ** 2
        delta = (y - cible) * y * (1.0 - y)
        g1 = delta * a
        g2 = delta * b
        g3 = delta * b  # wrong: The gradient of the third weight uses the second input (index not changed after copying).
        gb = delta
        p1 -= pas * g1
        p2 -= pas * g2
        p3 -= pas * g3
        biais -= pas * gb
    if tour % 50 == 0:
        print("tour", tour, "perte", round(perte, 5))
print("poids finaux :", p1, p2, p3, "biais :", biais)
