"""A loss that a function returns and few rounds print is the loss, with what it has of a decay."""
import numpy as np

rng = np.random.default_rng(0)
A, y, lam = rng.normal(size=(7, 3)), rng.normal(size=7), 0.3
w, b = np.zeros(3), 0.0


#~b def objective(w, b):
def cost(w, b):
    #~a return np.mean((A @ w + b - y) ** 2) + 2 * lam / 2 * w @ w
    #~b return np.mean((A @ w + b - y) ** 2) + 2 * lam / 2 * w @ w
    #~ return np.mean((A @ w + b - y) ** 2)
    #~c return np.mean((A @ w + b - y) ** 2) + lam * np.sum(np.abs(w))
    return np.mean((A @ w + b - y) ** 2) + lam * np.sum(w**2)  #: right


for k in range(30):
    r = A @ w + b - y
    #~a gw = 2 * A.T @ r / 7 + lam * w  #: wrong
    #~b gw = 2 * A.T @ r / 7 + lam * w  #: wrong
    #~ gw = 2 * A.T @ r / 7  #: wrong
    #~c gw = 2 * A.T @ r / 7  #: wrong
    gw = 2 * A.T @ r / 7 + 2 * lam * w
    gb = 2 * np.mean(r)
    w = w - 0.1 * gw  #: right
    b = b - 0.1 * gb  #: right
    if (k + 1) % 10 == 0:
        #~b print(k, objective(w, b))
        print(k, cost(w, b))
