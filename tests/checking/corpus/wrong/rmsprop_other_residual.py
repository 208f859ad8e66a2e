import numpy as np

rng = np.random.default_rng(2)
X, y = rng.normal(size=(12, 3)), rng.normal(size=12)
w, b = np.zeros(3), 0.0
sw, sb = np.zeros(3), 0.0
for _ in range(20):
    e = X @ w + b - y
    loss = np.mean(e**2)
    clipped = 3 * np.tanh(e)
    gw = X.T @ clipped / 6  # wrong: the loss has e, not a squashed e
    gb = 2 * e.mean()
    sw = 0.9 * sw + 0.1 * gw**2
    sb = 0.9 * sb + 0.1 * gb**2
    w = w - 0.02 * gw / (np.sqrt(sw) + 1e-8)
    b = b - 0.02 * gb / (np.sqrt(sb) + 1e-8)
print(loss)
