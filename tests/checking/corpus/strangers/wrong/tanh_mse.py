import numpy as np


def mse_loss_and_grads(model, X, y):
    n = X.shape[0]
    z = X @ model["W1"] + model["b1"]
    h = np.tanh(z)
    out = h @ model["w2"] + model["b2"]
    loss = np.sum((out - y) ** 2) / n

    dout = 2 * (out - y) / n  # wrong: the error is divided by n and then the means over the batch divide by n again
    dz = np.outer(dout, model["w2"]) * (1 - h ** 2)
    grads = {
        "w2": np.mean(h * dout[:, None], axis=0),
        "b2": np.mean(dout),
        "W1": np.mean(X[:, :, None] * dz[:, None, :], axis=0),
        "b1": np.mean(dz, axis=0),
    }
    return loss, grads


rng = np.random.default_rng(4)
X = rng.normal(size=(40, 2))
y = np.cos(X[:, 0]) + X[:, 1]
model = {
    "W1": rng.normal(size=(2, 8)),
    "b1": np.zeros(8),
    "w2": rng.normal(size=8) * 0.3,
    "b2": 0.0,
}
for epoch in range(300):
    loss, grads = mse_loss_and_grads(model, X, y)
    for key, g in grads.items():
        model[key] = model[key] - 0.1 * g
    if epoch % 100 == 0:
        print("epoch %d loss %.5f" % (epoch, loss))
