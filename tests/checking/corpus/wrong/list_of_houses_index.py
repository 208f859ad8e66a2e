# House prices from area (100 m2) and rooms
houses = [[0.5, 1.0], [0.8, 2.0], [1.1, 3.0], [1.5, 3.0], [0.9, 2.0], [2.0, 5.0]]
prices = [1.1, 1.8, 2.6, 3.2, 2.0, 4.7]


def predict(weights, bias, row):
    return bias + sum(w * v for w, v in zip(weights, row))


def mean_squared_error(weights, bias):
    total = 0
    for row, price in zip(houses, prices):
        total += (predict(weights, bias, row) - price) ** 2
    return total / len(houses)


def gradient(weights, bias):
    n = len(houses)
    g_weights = [0.0] * len(weights)
    g_bias = 0.0
    for row, price in zip(houses, prices):
        diff = predict(weights, bias, row) - price
        for j in range(len(weights)):
            g_weights[j] += 2 * diff * row[j - 1] / n  # wrong: index shifted by one
        g_bias += 2 * diff / n
    return g_weights, g_bias


def descend(steps=300, alpha=0.02):
    weights, bias = [0.0, 0.0], 0.0
    for s in range(steps):
        gw, gb = gradient(weights, bias)
        weights = [w - alpha * g for w, g in zip(weights, gw)]
        bias = bias - alpha * gb
        if s % 100 == 0:
            print(s, mean_squared_error(weights, bias))
    return weights, bias


print(descend())
