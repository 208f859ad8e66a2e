import numpy as np

rs = np.random.RandomState(31)
seqs = rs.choice([-1.0, 1.0], size=(40, 5))
labels = (seqs.sum(axis=1) > 0).astype(float)

n = 6
U = rs.randn(n) * 0.5
W = rs.randn(n, n) * 0.3
b = np.zeros(n)
v = rs.randn(n) * 0.5
c = 0.0

for epoch in range(30):
    total = 0
    for seq, y in zip(seqs, labels):
        h = [np.zeros(n)]
        for x in seq:
            h.append(np.tanh(U * x + W @ h[-1] + b))
        p = 1 / (1 + np.exp(-(v @ h[-1] + c)))
        total -= y * np.log(p) + (1 - y) * np.log(1 - p)

        dU, dW, db = np.zeros(n), np.zeros((n, n)), np.zeros(n)
        dh = (p - y) * v
        for t in range(len(seq), 0, -1):
            da = dh * (1 - h[t] ** 2)
            dU = da * seq[t - 1]  # wrong: dU is overwritten in every time step instead of accumulated (= for +=)
            dW += np.outer(da, h[t - 1])
            db += da
            dh = W.T @ da
        v -= 0.05 * (p - y) * h[-1]
        c -= 0.05 * (p - y)
        U -= 0.05 * dU
        W -= 0.05 * dW
        b -= 0.05 * db
    if epoch % 10 == 0:
        print("epoch", epoch, "loss", total / len(labels))
