points = [(0.5, 1.0), (-1.0, 0.4), (2.0, 3.0), (1.5, -0.5)]
w, b = 0.3, 0.7
for epoch in range(2):
    dw, db, loss = 0.0, 0.0, 0.0
    for x, y in points:
        e = w * x + b - y
        loss += e * e / len(points)
        dw += 2 * e * x
        db += 2 * e
    dw /= len(points)
    w -= 0.2 * dw
    b -= 0.2 * db
