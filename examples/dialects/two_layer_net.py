"""A class with a loss and gradients in one method: softmax, relu, dscores, regularisation."""

import numpy as np


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params["W1"] = std * np.random.randn(input_size, hidden_size)
        self.params["b1"] = np.zeros(hidden_size)
        self.params["W2"] = std * np.random.randn(hidden_size, output_size)
        self.params["b2"] = np.zeros(output_size)

    def loss(self, X, y, reg=0.1):
        return loss(X, y, self.params, reg)


def loss(X, y, params, reg=0.1):
    W1, b1 = params["W1"], params["b1"]
    W2, b2 = params["W2"], params["b2"]
    N = X.shape[0]

    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2

    shifted = scores - np.max(scores, axis=1, keepdims=True)
    exp_scores = np.exp(shifted)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    data_loss = np.sum(-np.log(probs[np.arange(N), y])) / N
    reg_loss = 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    loss = data_loss + reg_loss

    grads = {}
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads["W2"] = hidden.T.dot(dscores)
    grads["b2"] = np.sum(dscores, axis=0)
    dhidden = dscores.dot(W2.T)
    dhidden[hidden <= 0] = 0
    grads["W1"] = X.T.dot(dhidden)
    grads["b1"] = np.sum(dhidden, axis=0)
    grads["W2"] += reg * W2
    grads["W1"] += reg * W1
    return loss, grads


rng = np.random.default_rng(0)
X = rng.normal(size=(6, 4))
y = np.array([0, 1, 2, 2, 1, 0])
params = {
    "W1": rng.normal(size=(4, 5)),
    "b1": np.zeros(5),
    "W2": rng.normal(size=(5, 3)),
    "b2": np.zeros(3),
}

if __name__ == "__main__":
    net = TwoLayerNet(4, 5, 3, std=0.1)
    for _ in range(100):
        value, grads = net.loss(X, y)
        for name in net.params:
            net.params[name] -= 0.5 * grads[name]
    print(f"loss {value:.4f}")
