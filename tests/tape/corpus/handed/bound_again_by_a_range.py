def f(n):
    i = 0
    for i in range(1, n):
        j = str(i - 1)


f(3)
