"""A mean of the steps' losses is printed; the state of one number, which Adam keeps, is no loss."""
import numpy as np

rng = np.random.default_rng(14)
X = rng.normal(size=(48, 3))
Y = np.tanh(X @ rng.normal(size=(3, 1))) + 0.1 * rng.normal(size=(48, 1))
P = {"W": 0.3 * rng.normal(size=(3, 1)), "b": np.zeros(1)}
m1 = {k: np.zeros_like(v) for k, v in P.items()}
m2 = {k: np.zeros_like(v) for k, v in P.items()}
t = 0
for epoch in range(12):
    running = []
    for rows in rng.permutation(48).reshape(-1, 12):
        z = X[rows] @ P["W"] + P["b"]
        diff = np.tanh(z) - Y[rows]
        running.append(np.mean(diff**2))
        #~ dz = 2 * diff * (1 - z**2) / diff.size  #: wrong: uses z where np.tanh(z) belongs
        dz = 2 * diff * (1 - np.tanh(z) ** 2) / diff.size
        G = {"W": X[rows].T @ dz, "b": dz.sum(axis=0)}
        t += 1
        for k in P:
            m1[k] = 0.9 * m1[k] + 0.1 * G[k]
            m2[k] = 0.999 * m2[k] + 0.001 * G[k] ** 2
            #~ P[k] -= 0.01 * m1[k] / (1 - 0.9**t) / (np.sqrt(m2[k] / (1 - 0.99**t)) + 1e-8)  #: cannot tell
            P[k] -= 0.01 * m1[k] / (1 - 0.9**t) / (np.sqrt(m2[k] / (1 - 0.999**t)) + 1e-8)
    print(epoch, np.mean(running))
