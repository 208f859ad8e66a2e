"""A gradient that a branch cuts to a number, which is computed from nothing, is right before."""
xs, ys = [1.0, 2.0, 3.0, -1.0], [5.0, 9.0, 14.0, -4.0]
w, b, lr = 0.1, 0.2, 0.05
for epoch in range(20):
    for x, y in zip(xs, ys):
        p = w * x + b
        loss = (p - y) ** 2
        #~ dw = 2 * (p - y) * y  #: wrong: uses y where x belongs
        dw = 2 * (p - y) * x  #: right
        db = 2 * (p - y)
        if dw > 1.0:
            dw = 1.0
        elif dw < -1.0:
            dw = -1.0
        w -= lr * dw  #: right
        b -= lr * db  #: right
