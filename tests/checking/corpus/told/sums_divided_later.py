"""Sums that are divided where they are used are right."""
xs, ys = [0.5, -1.0, 2.0, 0.3, 1.1], [1.0, 0.0, 3.0, 0.2, 0.9]
w, b, rate = 0.0, 0.0, 0.05
for k in range(9):
    loss, dw, db = 0.0, 0.0, 0.0
    for x, y in zip(xs, ys):
        loss += (w * x + b - y) ** 2 / 5
        #~a dw += 2 * (w * x + b - y) * x  #: cannot tell, wrong
        dw += 2 * (w * x + b - y) * x  #: right
        db += 2 * (w * x + b - y)  #: right
    #~a w -= rate * dw
    w -= rate * dw / 5  #: right
    b -= rate * db / 5  #: right
