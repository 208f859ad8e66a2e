import numpy as np

rng = np.random.default_rng(30)
X = rng.normal(size=(100, 5))
y = (X @ np.array([1, -1, 0.5, 0, 0]) + 0.3 * rng.normal(size=100) > 0).astype(float)

w = rng.normal(size=5)
b = 0.0
lam = 0.02
lr0 = 0.5
decay = 0.01

for epoch in range(200):
    lr = lr0 / (1 + decay * epoch)
    p = 1 / (1 + np.exp(-(X @ w + b)))
    delta = (p - y) / len(y)
    w *= 1 - lr * lam
    w -= lr * (delta @ X)
    b -= lr * delta.sum()
    if epoch % 50 == 0:
        bce = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        print(f"epoch {epoch} lr {lr:.3f} bce {bce:.4f} |w| {np.linalg.norm(w):.3f}")

print("misclassified:", int(np.sum((X @ w + b > 0) != y)))
