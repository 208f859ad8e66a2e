"""What a right move is computed from is right before it is divided, of a wrong one it is not."""
xs, ys = [0.5, -1.0, 2.0, 0.25, 3.0], [1.0, 0.0, 3.0, 0.5, 2.5]
def cost(a, b):
    return sum((a * x + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
def slopes(a, b):
    grad_a = grad_b = 0.0
    for x, y in zip(xs, ys):
        e = a * x + b - y
        grad_a += 2 * e * x  #: right
        #~ grad_b += 2 * e * e  #: wrong
        grad_b += 2 * e  #: right
    return grad_a / len(xs), grad_b / len(xs)
a, b, rate = 0.1, 0.2, 0.05
for k in range(9):
    loss = cost(a, b)
    along_a, along_b = slopes(a, b)
    a -= rate * along_a  #: right
    b -= rate * along_b  #: right
