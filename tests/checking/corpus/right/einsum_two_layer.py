import numpy as np

rng = np.random.default_rng(88)
n, d, h, o = 40, 5, 6, 3
x = rng.standard_normal((n, d))
y = np.tanh(x @ rng.standard_normal((d, o)))

w = rng.standard_normal((d, h)) / np.sqrt(d)
a = np.zeros(h)
v = rng.standard_normal((h, o)) / np.sqrt(h)
wd = 0.01

for step in range(200):
    s = np.einsum('nd,dh->nh', x, w) + a
    t = np.tanh(s)
    f = np.einsum('nh,ho->no', t, v)
    r = f - y
    loss = np.einsum('no,no->', r, r) / (2 * n) + wd / 2 * ((w ** 2).sum() + (v ** 2).sum())
    r = r / n
    gv = np.einsum('nh,no->ho', t, r) + wd * v
    gs = np.einsum('no,ho,nh->nh', r, v, 1 - t ** 2)
    gw = np.einsum('nd,nh->dh', x, gs) + wd * w
    ga = np.einsum('nh->h', gs)
    w -= 0.3 * gw
    a -= 0.3 * ga
    v -= 0.3 * gv
    if step % 40 == 0:
        print(f'{step=} {loss=:.5f}')
