import numpy as np

rng = np.random.default_rng(19)
X = np.c_[np.ones(90), rng.normal(size=(90, 2))]
y = X @ [0.3, 1.2, -0.8] + rng.standard_t(2, size=90) * 0.3


def logcosh(w):
    return np.mean(np.log(np.cosh(X @ w - y)))


def dlogcosh(w):
    return np.tanh(X @ w - y) @ X / len(y)


mu, lr = 0.9, 0.05
w = np.zeros(3)
v = np.zeros(3)
best = np.inf
for i in range(200):
    g = dlogcosh(w)
    v_prev = v
    v = mu * v - lr * g
    w = w - mu * v_prev + (1 + mu) * v
    best = min(best, logcosh(w))
    if i % 40 == 0:
        print("%3d  max |residual| %.3f  best %.5f" % (i, np.abs(X @ w - y).max(), best))

print("w =", np.round(w, 3))
