import numpy as np

rng = np.random.default_rng(31)
templates = rng.random((10, 36)) > 0.6
labels = rng.integers(0, 10, 500)
images = np.clip(templates[labels] + rng.normal(0, 0.35, (500, 36)), 0, 1)

W = np.zeros((36, 10))
b = np.zeros(10)
batch_size = 50
alpha = 0.2


def evaluate(x, y):
    s = x @ W + b
    s = s - s.max(axis=1, keepdims=True)
    logp = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    return -logp[range(len(y)), y].mean(), (s.argmax(axis=1) == y).mean()


def gradients(x, y):
    s = x @ W + b
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[range(len(y)), y] -= 1
    p /= len(y)
    return x.T @ p, p.sum(axis=0)


for epoch in range(10):
    for k in range(0, len(images), batch_size):
        gW, gb = gradients(images[k:k + batch_size], labels[k:k + batch_size])
        W -= alpha * gW
        b += alpha * gb  # wrong: The bias is stepped up its gradient (sign).
    print("epoch %d: loss %.4f, accuracy %.3f" % ((epoch,) + evaluate(images, labels)))
