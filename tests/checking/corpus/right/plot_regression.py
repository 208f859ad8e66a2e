import numpy as np
import matplotlib.pyplot as plt

np.random.seed(42)
X = 2 * np.random.rand(100, 1)
y = 4 + 3 * X + np.random.randn(100, 1)

X_b = np.c_[np.ones((100, 1)), X]
theta = np.random.randn(2, 1)
eta = 0.1
n_iterations = 500
m = 100
costs = []

for iteration in range(n_iterations):
    residual = X_b.dot(theta) - y
    costs.append((residual ** 2).mean())
    gradients = 1 / m * X_b.T.dot(residual)
    theta = theta - eta * gradients

print(theta)

fig, ax = plt.subplots(1, 2, figsize=(10, 4))
ax[0].plot(X, y, "b.")
ax[0].plot([0, 2], [theta[0, 0], theta[0, 0] + 2 * theta[1, 0]], "r-")
ax[1].plot(costs)
ax[1].set_xlabel("iteration")
ax[1].set_ylabel("MSE")
plt.show()
