import numpy as np
import matplotlib.pyplot as plt

np.random.seed(12)
num = 200
x1 = np.random.multivariate_normal([1, 2], [[1, 0.7], [0.7, 1]], num)
x2 = np.random.multivariate_normal([3, 5], [[1, 0.7], [0.7, 1]], num)
raw = np.vstack((x1, x2))
labels = np.hstack((np.zeros(num), np.ones(num)))
scaled = (raw - raw.mean(axis=0)) / raw.std(axis=0)

w = np.zeros(2)
b = 0.0
losses = []
for i in range(400):
    prob = 1 / (1 + np.exp(-(scaled @ w + b)))
    losses.append(-np.mean(labels * np.log(prob) + (1 - labels) * np.log(1 - prob)))
    error = prob - labels
    grad_w = raw.T @ error / len(labels)  # wrong: The forward pass uses the scaled inputs; the gradient uses the raw ones of equal shape.
    grad_b = error.mean()
    w -= 0.5 * grad_w
    b -= 0.5 * grad_b
print("last loss:", losses[-1])

figure = plt.figure(figsize=(9, 4))
plt.subplot(1, 2, 1)
plt.scatter(scaled[:, 0], scaled[:, 1], c=labels, s=8, alpha=0.5)
line = np.linspace(-2, 2, 10)
plt.plot(line, -(w[0] * line + b) / w[1], "k--")
plt.subplot(1, 2, 2)
plt.plot(losses)
plt.xlabel("iteration")
plt.ylabel("cross entropy")
plt.tight_layout()
plt.savefig("boundary.png")
