"""A cost that has yet to be divided is not the loss."""
import numpy as np
x, y = np.array([1.0, 2.0, 3.0, 5.0]), np.array([2.0, 3.0, 5.0, 6.0])

def cost_of(w, b):
    total_cost = np.sum((w * x + b - y) ** 2)
    #~a total_cost /= x.size
    total_cost /= 2 * x.size
    return total_cost

w, b = 0.0, 0.0
for i in range(100):
    #~a dw, db = np.sum((w * x + b - y) * x) / x.size, np.sum(w * x + b - y) / x.size  #: scaled
    dw, db = np.sum((w * x + b - y) * x) / x.size, np.sum(w * x + b - y) / x.size  #: right
    #~a w, b = w - 0.01 * dw, b - 0.01 * db  #: scaled
    w, b = w - 0.01 * dw, b - 0.01 * db  #: right
    cost = cost_of(w, b)
    print(cost)
