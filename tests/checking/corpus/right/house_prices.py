# Simple linear regression: price of a flat from its area
area = [34, 48, 52, 61, 70, 83, 95, 110]
price = [98, 131, 140, 166, 185, 222, 247, 290]

# scale to something near 1
x = [a / 100 for a in area]
y = [p / 100 for p in price]
n = len(x)

w = 0.0
b = 0.0
lr = 0.3

for it in range(500):
    preds = [w * xi + b for xi in x]
    cost = sum((p - yi) ** 2 for p, yi in zip(preds, y)) / n
    dw = 2 / n * sum((p - yi) * xi for p, yi, xi in zip(preds, y, x))
    db = 2 / n * sum(p - yi for p, yi in zip(preds, y))
    w = w - lr * dw
    b = b - lr * db
    if it % 100 == 0:
        print(f"{it:4d}  cost={cost:.5f}  w={w:.3f}  b={b:.3f}")

print("a flat with 75 m2 costs about", round((w * 0.75 + b) * 100), "k")
