def used(x):
    if x > 100.0:
        x = x * 2
    elif x > 50.0:
        x = x * 3
    else:
        x = x * 4
    return x


def unused(x):
    return x


for k in []:
    y = k * 2.0
n = 3
while n > 0:
    n = n - 1
z = used(60.0)
