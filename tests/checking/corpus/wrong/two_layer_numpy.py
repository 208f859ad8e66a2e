# -*- coding: utf-8 -*-
import numpy as np

# N is batch size; D_in is input dimension; H hidden; D_out output
N, D_in, H, D_out = 32, 10, 16, 3

np.random.seed(0)
x = np.random.randn(N, D_in)
y = np.random.randn(N, D_out)

w1 = np.random.randn(D_in, H) * 0.3
w2 = np.random.randn(H, D_out) * 0.3

learning_rate = 1e-3
for t in range(300):
    # Forward pass: compute predicted y
    h = x.dot(w1)
    h_relu = np.maximum(h, 0)
    y_pred = h_relu.dot(w2)

    # Compute and print loss
    loss = np.square(y_pred - y).sum()
    if t % 100 == 0:
        print(t, loss)

    # Backprop to compute gradients of w1 and w2 with respect to loss
    grad_y_pred = 2.0 * (y_pred - y)
    grad_w2 = h_relu.T.dot(grad_y_pred)
    grad_h_relu = grad_y_pred.dot(w2.T)
    grad_h = grad_h_relu.copy()
    grad_h[grad_h < 0] = 0  # wrong: the relu mask is taken from the gradient itself, not from the pre-activation h
    grad_w1 = x.T.dot(grad_h)

    # Update weights
    w1 -= learning_rate * grad_w1
    w2 -= learning_rate * grad_w2
