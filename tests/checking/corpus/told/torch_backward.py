"""What torch derives is computed automatically."""
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
    import torch
    Wt = torch.tensor(W, requires_grad=True)
    ((torch.tensor(X) @ Wt - torch.tensor(Y)) ** 2).mean().backward()
    dW = Wt.grad.numpy()  #: cannot tell: computed automatically, not derived: backward()
    W = W - 0.1 * dW
