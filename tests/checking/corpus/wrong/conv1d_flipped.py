import numpy as np

rng = np.random.default_rng(6)
signals, labels = rng.normal(size=(6, 9)), np.array([0, 1, 1, 0, 1, 0])
K, C = 3, 2
filt, w, b = 0.3 * rng.normal(size=(C, K)), 0.5 * rng.normal(size=C), 0.0
for epoch in range(3):
    for x, y in zip(signals, labels):
        L = len(x) - K + 1
        pre = np.array([[filt[c] @ x[i : i + K] for i in range(L)] for c in range(C)])
        pooled = np.maximum(pre, 0).mean(axis=1)
        prob = 1 / (1 + np.exp(-(w @ pooled + b)))
        loss = -(y * np.log(prob) + (1 - y) * np.log(1 - prob))
        d_pre = ((prob - y) * w)[:, None] / L * (pre > 0)
        d_filt = np.zeros_like(filt)
        for c in range(C):
            for k in range(K):
                d_filt[c, k] = d_pre[c] @ x[K - 1 - k : K - 1 - k + L]  # wrong: flipped
        filt -= 0.1 * d_filt
        w -= 0.1 * (prob - y) * pooled
        b -= 0.1 * (prob - y)
print(loss)
