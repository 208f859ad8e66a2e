"""What a file trains by itself and cannot be checked is said, beside a function that derives."""
import numpy as np

def derive(w, x, y):
    L = (w * x - y) ** 2
    d_L_d_w = 2 * (w * x - y) * x  #: right
    return locals()

v = np.random.randn(3)
for i in range(100):
    v -= 0.1 * np.roll(v, 1)  #: not checked
