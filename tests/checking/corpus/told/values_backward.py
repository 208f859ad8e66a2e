"""What values derive is computed automatically."""
import microgradnet as mg

w = mg.Value(0.5)
for epoch in range(6):
    L = (w * 2.0 - 1.0) ** 2
    w.grad = 0.0
    L.backward()
    w.data -= 0.1 * w.grad  #: cannot tell: computed automatically, not derived: backward()
