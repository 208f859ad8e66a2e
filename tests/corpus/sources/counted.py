"""Points of np.arange, which counts with rounding."""
import numpy as np
y = np.array([0.3, 0.9, 2.0])
w, b = 0.7, 0.2
for _ in range(5):
    x = np.arange(0.0, 0.6, 0.2)
    p = w * x + b
    loss = np.mean((p - y) ** 2)
    dw = np.mean(2 * (p - y) * x)
    db = np.mean((p - y) * x)
    w -= 0.1 * dw
    b -= 0.1 * db
