"""One layer: dw and db of linear or logistic regression, with or without its cost."""
import numpy as np

def derive(X, y, w, b, lr=0.1):
    m = len(y)
    #~b y_hat = 1 / (1 + np.exp(-(np.dot(X, w) + b)))
    y_hat = np.dot(X, w) + b
    #~a loss = 0.5 * np.mean((y - y_hat) ** 2)
    #~b loss = -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))
    loss = np.sum((y_hat - y) ** 2) / (2 * m)
    error = y_hat - y
    dw = np.dot(X.T, error) / m
    db = np.sum(error) / m
    #~a return dw, db
    w = w - lr * dw
    b = b - lr * db
    return dw, db, w, b

rng = np.random.default_rng(0)
#~b y = np.array([0.0, 1, 1, 0, 1, 0])
y = rng.normal(size=6)
EXAMPLE = rng.normal(size=(6, 3)), y, rng.normal(size=3), 0.5
