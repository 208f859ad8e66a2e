"""Arrays in many calls; `seed` is where it starts."""
import numpy as np
seed = 0.5
x = np.linspace(-1, 1, 6).reshape(2, 3) * seed
y = np.concatenate([x, x * 2], axis=0)
z = np.where(y > 0, y, 0.01 * y)
m = np.maximum(0, z).clip(0, 0.4)
s = np.exp(m - m.max(axis=1, keepdims=True))
p = s / s.sum(axis=1, keepdims=True)
t = np.array([0, 2, 1, 0])
loss = -np.log(p[np.arange(4), t]).mean()
d = p.copy()
d[range(4), t] -= 1
d /= 4
e = np.einsum("ij,ik->jk", y, d)
n = np.linalg.norm(e) + np.var(e) + np.std(e, axis=0).sum()
o = np.pad(e, 1)[1:-1, 1:-1][::-1].astype(float)
q = np.vectorize(lambda a: a * a + 1)(e)
c = np.cumsum(e, axis=1) + np.stack([e[0]] * 3) + np.expand_dims(e[:, 0], 1)
k = np.argmax(e) * 1.0 + np.sign(e).sum() + o.item(0) + o.size + len(o)
