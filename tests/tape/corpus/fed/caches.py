"""Fed: backward_propagation."""
import numpy as np

def initialize_parameters(n_x, n_h, n_y):
    return {"W1": np.random.randn(n_h, n_x), "W2": np.random.randn(n_y, n_h)}
def forward_propagation(X, parameters):
    A1 = np.tanh(parameters["W1"] @ X)
    A2 = parameters["W2"] @ A1
    cache = {"A1": A1, "A2": A2}
    return A2, cache
def backward_propagation(parameters, cache, X, Y):
    m = X.shape[1]
    dZ2 = cache["A2"] - Y
    dW2 = dZ2 @ cache["A1"].T / m
    dZ1 = parameters["W2"].T @ dZ2 * (1 - cache["A1"] ** 2)
    dW1 = dZ1 @ X.T / m
    return {"dW1": dW1, "dW2": dW2}
