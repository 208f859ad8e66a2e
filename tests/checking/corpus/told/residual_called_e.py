"""A residual called e is no loss: no move is wrong as it is not the gradient of e."""
import math
import random

random.seed(4)
w, b = 0.3, 0.0
for epoch in range(60):
    for x in (0.5, -1.0, 2.0, 1.5):
        e = 2 * x + 1 + random.gauss(0, 0.1) - (w * x + b)
        db = math.tanh(e)  #: cannot tell
        w += 0.05 * db * x  #: not checked: no loss was found
        b += 0.05 * db  #: not checked: no loss was found
print(w, b)
