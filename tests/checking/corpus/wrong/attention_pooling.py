import numpy as np

rng = np.random.default_rng(91)
N, T, D = 30, 5, 4
X = rng.normal(size=(N, T, D))
# the target is the first feature of the element whose last feature is largest
y = X[np.arange(N), X[:, :, -1].argmax(axis=1), 0]

q = rng.normal(0, 0.1, D)       # query: scores the elements
v = rng.normal(0, 0.1, D)       # value read-out
bias = 0.0
lr = 0.2

for it in range(300):
    score = X @ q                               # (N, T)
    score = score - score.max(axis=1, keepdims=True)
    alpha = np.exp(score)
    alpha /= alpha.sum(axis=1, keepdims=True)
    value = X @ v                               # (N, T)
    pred = (alpha * value).sum(axis=1) + bias
    loss = 0.5 * np.mean((pred - y) ** 2)

    dpred = (pred - y) / N
    dalpha = dpred[:, None] * value
    dvalue = dpred[:, None] * alpha
    dscore = alpha * (1 - alpha) * dalpha  # wrong: only the diagonal of the softmax Jacobian is used; the cross terms (the sum over t) are mi
    dq = np.einsum("nt,ntd->d", dscore, X)
    dv = np.einsum("nt,ntd->d", dvalue, X)

    q -= lr * dq
    v -= lr * dv
    bias -= lr * dpred.sum()
    if it % 60 == 0:
        print(it, "loss", round(loss, 4))
