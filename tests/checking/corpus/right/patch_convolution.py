import numpy as np

rng = np.random.default_rng(77)


def im2col(x, k):
    n, h, w = x.shape
    oh, ow = h - k + 1, w - k + 1
    cols = np.empty((n, oh * ow, k * k))
    for i in range(oh):
        for j in range(ow):
            cols[:, i * ow + j, :] = x[:, i:i + k, j:j + k].reshape(n, -1)
    return cols


def forward(p, x):
    cols = im2col(x, 3)                              # n, 36, 9
    conv = cols @ p["filters"] + p["fbias"]          # n, 36, f
    n, f = len(x), p["filters"].shape[1]
    blocks = conv.reshape(n, 3, 2, 3, 2, f).transpose(0, 1, 3, 5, 2, 4).reshape(n, 9 * f, 4)
    arg = blocks.argmax(axis=2)
    pooled = blocks.max(axis=2)                      # n, 9f
    act = np.maximum(pooled, 0)
    logit = act @ p["out"] + p["obias"]
    return logit, (cols, arg, pooled, act, n, f)


def loss_fn(logit, t):
    return np.mean(np.logaddexp(0, logit) - t * logit)


def backward(p, logit, t, cache):
    cols, arg, pooled, act, n, f = cache
    g = {}
    dlogit = (1 / (1 + np.exp(-logit)) - t) / n
    g["out"] = act.T @ dlogit
    g["obias"] = dlogit.sum()
    dpool = np.outer(dlogit, p["out"]) * (pooled > 0)
    dblocks = np.zeros((n, 9 * f, 4))
    np.put_along_axis(dblocks, arg[:, :, None], dpool[:, :, None], axis=2)
    dconv = dblocks.reshape(n, 3, 3, f, 2, 2).transpose(0, 1, 4, 2, 5, 3).reshape(n, 36, f)
    g["filters"] = np.einsum("nab,naf->bf", cols, dconv)
    g["fbias"] = dconv.sum(axis=(0, 1))
    return g


def dataset(n):
    x = rng.normal(0, 0.3, (n, 8, 8))
    t = rng.integers(0, 2, n).astype(float)
    for i in range(n):
        r, c = rng.integers(0, 6, 2)
        if t[i]:
            x[i, r:r + 3, c + 1] += 1.5
        else:
            x[i, r + 1, c:c + 3] += 1.5
    return x, t


x, t = dataset(80)
p = {"filters": rng.normal(0, 0.3, (9, 4)), "fbias": np.zeros(4),
     "out": rng.normal(0, 0.2, 36), "obias": 0.0}
speed = {k: 0 * v for k, v in p.items()}
lr, mom = 0.1, 0.9
for epoch in range(12):
    order = rng.permutation(len(x))
    running = 0.0
    for s in range(0, len(x), 16):
        b = order[s:s + 16]
        logit, cache = forward(p, x[b])
        running += loss_fn(logit, t[b]) * len(b)
        g = backward(p, logit, t[b], cache)
        for k in p:
            # Nesterov, written for the shifted parameters
            previous = speed[k]
            speed[k] = mom * previous - lr * g[k]
            p[k] = p[k] - mom * previous + (1 + mom) * speed[k]
    print("epoch", epoch, "loss", round(running / len(x), 4))
