"""An integrator is no descent with a decay."""
def simulate(k, c):
    xs, vs = [1.0], [0.0]
    for n in range(20):
        v = vs[n] + 0.1 * (-k * xs[n] - c * vs[n])
        vs.append(v)
        xs.append(xs[n] + 0.1 * v)
    return xs, vs

data = [x + 0.01 * (-1) ** i for i, x in enumerate(simulate(2.0, 0.3)[0])]
k, c = 1.5, 0.1
for step in range(100):
    xs, vs = simulate(k, c)
    lx = lv = gk = gc = 0.0
    for n in reversed(range(20)):
        lx += xs[n + 1] - data[n + 1]
        t = lv + 0.1 * lx
        gk, gc = gk - t * 0.1 * xs[n + 1], gc - t * 0.1 * vs[n]  #: wrong: uses xs[n + 1] where xs[n] belongs
        lx, lv = lx - 0.1 * k * t, t * (1 - 0.1 * c)
    k -= 0.02 * gk  #: follows
    c -= 0.02 * gc
