"""What a type checker tells: lines that are wrong, as a comment says, and as many that are right."""
import numpy as np
import microgradnet as mg

v = mg.Value(2.0)
net = mg.MLP(2, [2, 1])
v.dta  # wrong
mg.add(1.0, 2.0)  # wrong
mg.exp("x")  # wrong
mg.MLP("2", [2, 1])  # wrong
number: float = v * 2.0  # wrong
v + "1"  # wrong
mg.grad(v, v)  # wrong
v.backward(1.0)  # wrong
mg.compile([v])  # wrong
mg.maximum(v, [1.0])  # wrong
mg.mse("a", 1)  # wrong
mg.fit(net, [[1.0, 2.0]], [1.0], lr=0.1)  # wrong
mg.derive(v, v, "latex")  # wrong
mg.draw(v, theme="blue")  # wrong
mg.check(print, loss=1.0)  # wrong
a: mg.Value = v + 1
b: mg.Value = 2 ** v - v / np.float64(3.0)
c: mg.Value = mg.exp(v)
d: float = mg.exp(1.0)
e: mg.Value = mg.where(v, 1.0, v)
f: list[mg.Value] = mg.grad(v * v, [v])
g: float = v.data + v.grad
h: mg.Value = v.sigmoid().maximum(0.5)
i: tuple[float, ...] = mg.compile([v * v], [v])(3.0)
j: mg.Value = mg.leaky_relu(v, 0.1)
k: mg.Value = mg.mse([v, v], [0.0, 1.0])
l: float = mg.hinge(0.5, 1)
m = mg.compile([v], [v]).map(np.ones(1), np.ones((2, 0)))
n: str = mg.derive(v, [v], "lesson")
o: mg.Drawing = mg.draw(v, rankdir="LR")
p: bool = mg.check(lambda w, x: {"y": w * x}, loss=lambda y, t: y - t).rows[0].line > 0
