"""A mistake in what climbs an objective is told, whether or not the objective should grow."""
import math

arms, theta = [0.2, 0.5, 0.8, 0.4], [0.3, -0.2, 0.1, -0.4]
velocity = [0.0 for _ in arms]


def policy(theta):
    e = [math.exp(v) for v in theta]
    return [v / sum(e) for v in e]


def objective(theta):
    p = policy(theta)
    return sum(a * r for a, r in zip(p, arms)) - 0.1 * sum(a * math.log(a) for a in p)


for episode in range(400):
    p = policy(theta)
    value = sum(a * r for a, r in zip(p, arms))
    entropy = -sum(a * math.log(a) for a in p)
    g = []
    for a, r in zip(p, arms):
        #~ g.append(a * (r - value) - 0.1 * (math.log(a) + entropy))  #: wrong
        g.append(a * (r - value) - 0.1 * a * (math.log(a) + entropy))
    velocity = [0.9 * v + 0.2 * d for v, d in zip(velocity, g)]
    theta = [t + v for t, v in zip(theta, velocity)]
    if episode % 100 == 0:
        print(objective(theta))
