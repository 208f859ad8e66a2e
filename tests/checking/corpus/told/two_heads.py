"""No move is wrong by a loss that does not depend on it."""
import numpy as np

rng = np.random.default_rng(0)
X, y, t = rng.normal(size=(9, 3)), rng.normal(size=(9, 1)), rng.integers(0, 2, (9, 1)) * 1.0
T, R, C = (rng.normal(size=s) / 2 for s in ((3, 4), (4, 1), (4, 1)))
for epoch in range(30):
    h = np.tanh(X @ T)
    reg, p = h @ R, 1 / (1 + np.exp(-h @ C))
    mse = 0.5 * np.mean((reg - y) ** 2)
    bce = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    d_reg, d_cls = (reg - y) / 9, (p - t) / 9  #: right
    d_h = d_reg @ R.T
    #~a d_h += d_cls @ C.T  #: right
    #~b d_h = d_cls @ C.T  #: right
    #~c d_h = d_cls @ C.T  #: right
    d_h += d_cls @ C.T  #: right
    #~a R -= 0.1 * h.T @ d_reg  #: right
    #~b R -= 0.1 * h.T @ d_reg  #: cannot tell
    #~c R -= 0.1 * h.T @ d_reg  #: cannot tell
    R -= 0.1 * h.T @ d_reg  #: right
    C -= 0.1 * h.T @ d_cls  #: right
    #~a T -= 0.1 * X.T @ (d_h * (1 - h ** 2))  #: right
    T -= 0.1 * X.T @ (d_h * (1 - h ** 2))  #: right
    if epoch % 10 == 0:
        #~a print(mse, bce)
        #~c print(mse, bce)
        print(mse + bce)
