"""A plain script without NumPy: a line through points, one gradient a loop over the points."""

points = [(1.0, 2.1), (2.0, 3.9), (3.0, 6.2), (4.0, 7.8), (5.0, 10.1)]
m, b = 0.0, 0.0
learning_rate = 0.02
n = len(points)

for _ in range(500):
    loss = 0.0
    m_gradient, b_gradient = 0.0, 0.0
    for x, y in points:
        error = m * x + b - y
        loss += error**2 / n
        m_gradient += 2 / n * x * error
        b_gradient += 2 / n * error
    m -= learning_rate * m_gradient
    b -= learning_rate * b_gradient

print(f"y = {m:.2f} * x + {b:.2f}, loss {loss:.4f}")
