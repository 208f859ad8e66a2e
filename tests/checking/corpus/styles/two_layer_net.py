"""Samples in rows, softmax, dscores, gradients in a dict, with or without regularisation."""
import numpy as np

def derive(X, y, params, reg):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    N = X.shape[0]
    z = np.dot(X, W1) + b1
    #~a hidden = np.tanh(z)
    hidden = np.maximum(0, z)
    scores = np.dot(hidden, W2) + b2
    exp_scores = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    #~a loss = np.sum(-np.log(probs[np.arange(N), y])) / N
    loss = -np.mean(np.log(probs[range(N), y]))
    #~a loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 ** 2))
    pass
    dscores = probs.copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads = {}
    grads["W2"] = np.dot(hidden.T, dscores)
    grads["b2"] = np.sum(dscores, axis=0)
    dhidden = np.dot(dscores, W2.T)
    #~a dz = dhidden * (1 - hidden ** 2)
    dz = dhidden.copy()
    #~a grads["W2"] += reg * W2
    dz[z <= 0] = 0
    grads["W1"] = np.dot(X.T, dz)
    grads["b1"] = np.sum(dz, axis=0)
    #~a grads["W1"] += reg * W1
    pass
    return loss, grads

rng = np.random.default_rng(0)
shapes = {"W1": (4, 5), "b1": 5, "W2": (5, 3), "b2": 3}
params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
EXAMPLE = rng.normal(size=(6, 4)), np.array([0, 1, 2, 1, 0, 1]), params, 0.1
