import numpy as np


def train_sample(net, x, t, lr):
    W, b, v, c = net["W"], net["b"], net["v"], net["c"]
    h = np.tanh(W @ x + b)
    y = v @ h + c[0]
    delta = y - t

    old_v = v  # wrong: old_v is only another name for v, so the hidden error uses the already updated output weights (copy needed)
    v -= lr * delta * h
    c -= lr * delta

    back = delta * old_v * (1 - h ** 2)
    W -= lr * np.outer(back, x)
    b -= lr * back
    return 0.5 * delta ** 2


rng = np.random.default_rng(50)
net = {
    "W": rng.normal(size=(6, 2)),
    "b": np.zeros(6),
    "v": rng.normal(size=6) * 0.5,
    "c": np.zeros(1),
}
xs = rng.uniform(-1, 1, size=(40, 2))
ts = xs[:, 0] ** 2 + 0.5 * xs[:, 1]

for epoch in range(60):
    total = 0.0
    for k in rng.permutation(len(xs)):
        total += train_sample(net, xs[k], ts[k], lr=0.1)
    if epoch % 20 == 0:
        print("epoch", epoch, "average loss", total / len(xs))
