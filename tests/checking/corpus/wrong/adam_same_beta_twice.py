import numpy as np

rng = np.random.default_rng(4)
X = rng.normal(size=(12, 3))
t = X @ np.array([1.0, -2.0, 0.5]) + 0.3


class Adam:
    def __init__(self, shapes, lr=0.02, beta1=0.9, beta2=0.999, eps=1e-8):
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m = [np.zeros(s) for s in shapes]
        self.v = [np.zeros(s) for s in shapes]
        self.t = 0

    def step(self, params, grads):
        self.t += 1
        for i, (p, g) in enumerate(zip(params, grads)):
            self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * g
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * g * g
            m_hat = self.m[i] / (1 - self.beta1**self.t)
            v_hat = self.v[i] / (1 - self.beta1**self.t)  # wrong: beta1 for beta2
            p -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


w, b = np.zeros(3), np.zeros(1)
optimizer = Adam([w.shape, b.shape])
for epoch in range(40):
    error = X @ w + b - t
    loss = np.mean(error**2)
    optimizer.step([w, b], [2 * X.T @ error / len(t), np.array([2 * error.mean()])])
print(loss)
