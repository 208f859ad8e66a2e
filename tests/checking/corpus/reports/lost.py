xs, ys = [0.5, -1.0, 2.0], [1.0, 0.0, 3.0]
w, b = 0.3, 0.0
for epoch in range(4):
    dw, db = 0.0, 0.0
    loss = 0.0
    for x, y in zip(xs, ys):
        error = w * x + b - y
        loss += error**2
        dw += 2 * error * x
        db += 2 * error
    w = w - 0.1 * dw
    c = b - 0.1 * db
