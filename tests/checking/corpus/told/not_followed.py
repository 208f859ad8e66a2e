"""What depends on what is not followed is not checked."""
import numpy as np
X, Y, W = np.arange(8.0).reshape(4, 2) / 7, np.array([0.3, -0.2, 0.5, 0.1]), np.array([0.4, -0.6])
Z = X @ W
#~a Z.flat[0] = 0.0
#~b memoryview(Z)[1] = 0.0
for z in np.nditer(Z, op_flags=['readwrite']): z[...] = np.tanh(z)
L = np.sum((Z - Y) ** 2)
#~a dZ = 2 * (Z - Y) * np.array([0, 1, 1, 1])  #: not checked
#~b dZ = 2 * (Z - Y) * np.array([1, 0, 1, 1])  #: not checked
dZ = 2 * (Z - Y) * (1 - Z * Z)  #: not checked
dW = X.T @ dZ  #: not checked
