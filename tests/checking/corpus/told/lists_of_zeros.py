"""A list of zeros is where sums start and no data; a number of it that never moves is told."""
xs, ys = [[0.5, 1.0], [-1.0, 2.0], [2.0, 0.5]], [1.0, 0.0, 3.0]
#~ theta, rate, last = [0.0, 0.0], 0.05, 2
#~a theta, rate, last = [0.0, 0.0], 0.05, 2
#~b theta, rate, last = [0.0, 0.0], 0.05, 2
#~ theta, rate, last = [0.1, -0.2], 0.05, 2
#~c theta, rate, last = [0.1, -0.2], 0.05, 2
#~d theta, rate, last = [0.1, -0.2], 0.05, 2
#~ theta, rate, last = [0.0] * 2, 0.05, 1  #: not checked
theta, rate, last = [0.0] * 2, 0.05, 2
def slopes():
    #~ g = [0.0, 0.0]
    #~ g = [0.0 for _ in range(2)]
    #~a g = [0.0, 0.0]
    #~b g = [0.0 for _ in range(2)]
    #~c g = [0.0, 0.0]
    #~d g = [0.0 for _ in range(2)]
    g = [0.0] * 2
    for x, y in zip(xs, ys):
        error = theta[0] * x[0] + theta[1] * x[1] - y
        for j in range(2):
            g[j] += error * x[j]
    return g
for k in range(9):
    g = slopes()
    for j in range(last):
        theta[j] -= rate * g[j]  #: right
