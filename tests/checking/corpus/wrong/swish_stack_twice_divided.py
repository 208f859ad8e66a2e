import numpy as np

rng = np.random.default_rng(44)
sizes = [3, 6, 5, 1]
Ws = [rng.normal(0, 1 / np.sqrt(a), (a, b)) for a, b in zip(sizes, sizes[1:])]
bs = [np.zeros(b) for b in sizes[1:]]
X = rng.normal(size=(30, 3))
Y = (X[:, :1] * X[:, 1:2] + X[:, 2:])


def sig(z):
    return 1 / (1 + np.exp(-z))


def forward(x):
    acts, pres = [x], []
    for n, (W, b) in enumerate(zip(Ws, bs)):
        z = acts[-1] @ W + b
        pres.append(z)
        last = n == len(Ws) - 1
        acts.append(z if last else z * sig(z))
    return acts, pres


def backward(acts, pres):
    grads = []
    delta = (acts[-1] - Y) / len(Y)
    for n in reversed(range(len(Ws))):
        grads.insert(0, (acts[n].T @ delta, delta.sum(0)))
        if n > 0:
            z = pres[n - 1]
            s = sig(z)
            delta = (delta @ Ws[n].T) * (s + z * s * (1 - s))
    return grads


for epoch in range(200):
    acts, pres = forward(X)
    loss = 0.5 * ((acts[-1] - Y) ** 2).mean()
    for n, (gW, gb) in enumerate(backward(acts, pres)):
        Ws[n] -= 0.1 * gW
        bs[n] -= 0.1 * gb / len(Y)  # wrong: divided by the batch size a second time
    if epoch % 50 == 0:
        print(f"{epoch:4d} {loss:.5f}")
