"""Sources that compute with numbers in the ways that people write; `seed` is where they start."""

SOURCES = {
    "scalars": """
import math
seed = 0.5
x = [1, 2.5, seed]
w = {"a": 0.25, "b": seed * 2}
z = w["a"] * x[0] + w["b"] * x[1] - -x[2] ** 2
h = 1 / (1 + math.exp(-z))
t = max(h, 0.1, z / 7)
u = abs(-t) if z > 0 else t
last = round(u, 3) + float(u) + int(3.7) + pow(u, 2)
total = sum([h, t, u]) + sum(x)
""",
    "a class that trains": """
import numpy as np
seed = 0.5
class Net:
    rate = 0.1
    def __init__(self, n):
        self.W = np.arange(6.0).reshape(2, n) * seed
        self.b = np.zeros(2)
    def forward(self, x):
        self.x = x
        self.h = np.tanh(self.W @ x + self.b)
        return self.h
    def step(self, t):
        d = (self.h - t) * (1 - self.h ** 2)
        self.W -= self.rate * np.outer(d, self.x)
        self.b = self.b - self.rate * d
net = Net(3)
for x, t in zip(np.eye(3), [0.1, 0.2, 0.3]):
    net.forward(x)
    net.step(t)
W, b = net.W, net.b
""",
    "views and writing in place": """
import numpy as np
seed = 0.5
a = np.zeros((3, 4))
a[0] = seed
a[1, 2:] += seed * 2
row = a[1]
row *= 3
a[:, 0] = a[:, 3] - 1
row[0] = 7 * seed
flat = a.ravel()
flat[5] = seed
b = a.T
b[2] -= np.array([1.0, 2.0, 3.0])
np.add.at(a, ([0, 0], [1, 1]), seed)
c = np.empty(3)
np.multiply(a[:, 1], 2, out=c)
d = a.copy()
d.fill(seed)
e = a.sum() + c.mean() + d.max()
a[a > 1] = 0.125
f = a * 1
""",
    "lists, tuples and several results": """
import copy
import numpy as np
seed = 0.5
W = [np.full((2, 2), seed), np.ones((2, 1)) * seed]
V = copy.deepcopy(W)
h = [np.array([[1.0, 2.0]])]
for M in V:
    h.append(h[-1] @ M)
p, q = np.split(h[1], 2, axis=1)
(r, s), *rest = [[p, q], p * q, q]
k, m = divmod(7.5 * seed, 2)
dW = [None] * 2
for i in reversed(range(2)):
    dW[i] = h[i].T @ h[i + 1]
W = [w - 0.1 * g for w, g in zip(W, dW)]
A, B = W
G = {f"W{i}": w.sum(axis=0, keepdims=True) for i, w in enumerate(W)}
g = G["W0"] + rest[0]
""",
    "functions, closures, generators, comprehensions": """
import functools
import numpy as np
seed = 0.5
def sigmoid(x, deriv=False):
    'Of x.'
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))
def make(rate):
    def step(w, g):
        return w - rate * g
    return step
def batches(X, n):
    for i in range(0, len(X), n):
        yield X[i:i + n]
step = make(0.1)
X = np.arange(8.0).reshape(4, 2) * seed
out = [sigmoid(b) for b in batches(X, 3)]
w = functools.reduce(lambda a, b: a + b.sum(), out, 0.0)
w = step(w, sigmoid(w, True))
both = functools.partial(np.sum, axis=0)(X)
pairs = [a * b for a, b in X if a > 0.5]
n = 0
while (n := n + 1) < 3:
    w = w * 0.5
v = w if 0 < w < 9 else -w
def last(v, *more, k=2, **others):
    return v * k
y = last(v, 1, k=3)
""",
    "match, with, try and dataclass": """
import contextlib
from dataclasses import dataclass, field
import numpy as np
seed = 0.5
@dataclass
class State:
    w: float = 0.25
    history: list = field(default_factory=list)
    def move(self, g):
        self.w -= 0.1 * g
        self.history.append(self.w)
s = State()
for kind in ("up", "down", 3):
    match kind:
        case "up":
            s.move(seed)
        case int(n) if n > 2:
            s.move(n * seed)
        case _:
            s.move(-seed)
with contextlib.suppress(ZeroDivisionError):
    z = seed / 0
try:
    u = seed * [1.0][1]
except IndexError:
    u = seed * 4
finally:
    u = u + 1
w = s.w
assert len(s.history) == 3 and isinstance(s.w, float) and s.w != 0
text = f"{w:.3f} {seed}"
print(text, "%.2f" % u, [1] * 3, "ab" * 2)
""",
    "arrays in many calls": """
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
""",
}
