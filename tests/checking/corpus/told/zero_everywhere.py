"""What is 0 at all numbers tried is not called right."""
w, b = -0.4, 0.2
for x, target in [(0.5, 1.2), (1.0, 2.1), (1.5, 3.3)] * 3:
    h = w * x if w * x > 0 else 0.0
    loss = (h + b - target) ** 2
    d = 2 * (h + b - target)
    w -= 0.02 * (d if w * x > 0 else 0.0)  #: cannot tell
    b -= 0.02 * d  #: right
