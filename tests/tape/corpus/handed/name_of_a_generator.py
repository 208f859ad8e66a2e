def g():
    k = 0.0
    while True:
        yield k
        k += 1.0


for k, x in zip(range(2), g()):
    y = k + 1
