"""Right for a matrix that is small enough, and not where a larger one is drawn."""
import numpy as np


def fixed_forward(W, x):
    z = np.zeros_like(x)
    for _ in range(60):
        z = np.tanh(W @ z + x)
    return z, (W, z)


def fixed_backward(dz, cache):
    W, z = cache
    s = 1.0 - z * z
    u = np.linalg.solve((np.eye(len(z)) - s[:, None] * W).T, dz)
    dx = s * u
    return np.outer(dx, z), dx
