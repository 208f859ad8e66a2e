import math
import random

random.seed(4)

# counts of visitors against temperature and weekend flag
rows = []
for _ in range(80):
    temp = random.uniform(-1, 1)
    weekend = random.choice([0, 1])
    rate = math.exp(0.3 + 0.8 * temp + 0.5 * weekend)
    # Knuth sampling
    k, p = 0, random.random()
    while p > math.exp(-rate):
        p *= random.random()
        k += 1
    rows.append(([1.0, temp, weekend], k))

beta = [0.0, 0.0, 0.0]
eta = 0.1
for epoch in range(150):
    g = [0.0, 0.0, 0.0]
    for xs, count in rows:
        lam = math.exp(sum(b * x for b, x in zip(beta, xs)))
        for j in range(3):
            g[j] += (count - lam) * xs[j]
    for j in range(3):
        beta[j] += eta * g[j] / len(rows)

print("beta:", [round(b, 3) for b in beta])
print("expected visitors on a mild weekend:", round(math.exp(beta[0] + beta[2]), 2))
