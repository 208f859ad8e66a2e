# learn F = 1.8 C + 32 from a table, plain python
celsius = [-20, -10, 0, 5, 10, 15, 20, 25, 30, 40]
fahrenheit = [c * 1.8 + 32 for c in celsius]

# normalise
cs = [c / 40 for c in celsius]
fs = [f / 100 for f in fahrenheit]
n = len(cs)

a, b = 0.0, 0.0
lr = 0.002
grad_a, grad_b = 0.0, 0.0  # wrong: the gradient sums are set to zero once before the epochs instead of at the start of each e
for epoch in range(60):
    loss = 0.0
    for c, f in zip(cs, fs):
        diff = a * c + b - f
        loss += diff * diff / n
        grad_a += 2 * diff * c / n
        grad_b += 2 * diff / n
    a -= lr * grad_a
    b -= lr * grad_b
    if epoch % 10 == 0:
        print("epoch %2d loss %.6f a %.3f b %.3f" % (epoch, loss, a, b))

print("25 C is about", round(100 * (a * 25 / 40 + b)), "F")
