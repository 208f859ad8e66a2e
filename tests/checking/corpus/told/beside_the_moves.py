"""A derivative beside the moves has a row."""
x, w = [1.0, -2.0], [-0.5, -1.5]
z = x[0] * w[0] + x[1] * w[1]
y = max(z, 0.0)
drelu_dz = 1.0 if z > 0 else 0.0
drelu_dw0 = drelu_dz * x[0]
drelu_dx0 = drelu_dz * x[1]  #: not checked
w[0] -= 0.1 * drelu_dw0  #: right
