"""Softmax policy over a few slot machines. Expected reward plus a small
entropy bonus, maximised by gradient ascent."""
import math

payout = [0.2, 0.5, 0.35, 0.8, 0.1]
prefs = [0.0, 0.0, 0.5, -0.5, 0.0]
TEMP = 0.05
step_size = 0.5


def policy(prefs):
    top = max(prefs)
    w = [math.exp(p - top) for p in prefs]
    total = sum(w)
    return [v / total for v in w]


def objective(prefs):
    pi = policy(prefs)
    value = sum(p * r for p, r in zip(pi, payout))
    entropy = -sum(p * math.log(p) for p in pi)
    return value + TEMP * entropy


def ascent_direction(prefs):
    pi = policy(prefs)
    value = sum(p * r for p, r in zip(pi, payout))
    entropy = -sum(p * math.log(p) for p in pi)
    grad = []
    for p, r in zip(pi, payout):
        g_value = p * (r - value)
        g_entropy = -p * (math.log(p) + entropy)
        grad.append(g_value + TEMP * g_entropy)
    return grad


for it in range(400):
    grad = ascent_direction(prefs)
    for a in range(len(prefs)):
        prefs[a] += step_size * grad[a]
    if it % 80 == 0:
        print(it, "objective %.5f" % objective(prefs))

print("policy", [round(p, 3) for p in policy(prefs)])
