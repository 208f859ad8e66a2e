"""A gradient by differences is no derivation, one beside it is."""
import numpy as np

rng = np.random.default_rng(0)
X, Y, W = rng.normal(size=(5, 3)), rng.normal(size=(5, 2)), rng.normal(size=(3, 2))

def loss(W):
    return ((X @ W - Y) ** 2).mean()

def numerical_gradient(f, W, h=1e-5):
    grad = np.zeros_like(W)
    for i in np.ndindex(W.shape):
        old = W[i]
        W[i] = old + h
        up = f(W)
        W[i] = old - h
        down = f(W)
        W[i] = old
        grad[i] = (up - down) / (2 * h)
    return grad

for epoch in range(6):
    P = X @ W
    L = ((P - Y) ** 2).mean()
    #~ dW = X.T @ (2 * (P - Y) / P.size); W_grad = numerical_gradient(loss, W); print(abs(dW - W_grad).max())
    dW = numerical_gradient(loss, W)  #: cannot tell: computed automatically, not derived: finite differences of loss
    W = W - 0.1 * dW
