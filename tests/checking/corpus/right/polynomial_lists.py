# fit y = c0 + c1 x + c2 x^2 + c3 x^3 with plain python
xs = [-1.0 + 0.1 * i for i in range(21)]
ys = [0.5 - 1.2 * x + 0.3 * x ** 2 + 2.0 * x ** 3 for x in xs]

coef = [0.0, 0.0, 0.0, 0.0]
eta = 0.5


def model(c, x):
    total = 0.0
    for power, ck in enumerate(c):
        total += ck * x ** power
    return total


def J(c):
    return sum((model(c, x) - y) ** 2 for x, y in zip(xs, ys)) / (2 * len(xs))


for epoch in range(600):
    value = J(coef)
    residuals = [model(coef, x) - y for x, y in zip(xs, ys)]
    grads = []
    for power in range(len(coef)):
        grads.append(sum(r * x ** power for r, x in zip(residuals, xs)) / len(xs))
    coef = [ck - eta * g for ck, g in zip(coef, grads)]
    if epoch % 150 == 0:
        print("epoch", epoch, "J =", round(value, 6))
print("coefficients:", [round(c, 3) for c in coef])
