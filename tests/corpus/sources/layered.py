w, layers = [0.5, 0.25, 0.75, 0.3], 4
for epoch in range(200):
    x, kept = 2.0, {}
    for k in range(layers):
        kept[k] = x
        x = w[k] * x
    d = x - 1.0
    for k in reversed(range(layers)):
        d, g = d * w[k], d * kept[k]
        w[k] = w[k] - 0.01 * g
