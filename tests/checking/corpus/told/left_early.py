"""A step whose inner loop was left early is not judged."""
import math

u, w, v = 0.3, 0.5, 0.8
xs = [0.5, -0.2, 0.8, 0.1, -0.6]
for k in range(80):
    h = [0.0]
    for x in xs:
        h.append(math.tanh(u * x + w * h[-1]))
    loss = 0.5 * (v * h[-1] - 0.4) ** 2
    dy = v * h[-1] - 0.4
    dv, dh, du, dw = dy * h[-1], dy * v, 0.0, 0.0  #: right
    for i in range(4, -1, -1):
        dz = dh * (1 - h[i + 1] ** 2)
        du += dz * xs[i]  #: right
        dw += dz * h[i]  #: right
        dh = dz * w  #: right
    u, w, v = u - 0.2 * du, w - 0.2 * dw, v - 0.2 * dv  #: right
