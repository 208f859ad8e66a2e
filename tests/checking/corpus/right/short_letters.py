import numpy as np; r = np.random.RandomState(0)
f = lambda z: 1 / (1 + np.exp(-z)); g = lambda a: a * (1 - a)
X = r.randint(0, 2, (64, 5)).astype(float); Y = (X.sum(1, keepdims=True) % 2)
U, V, W = r.randn(5, 10), r.randn(10, 6), r.randn(6, 1)
p, q, s = np.zeros(10), np.zeros(6), np.zeros(1)
for i in range(1500):
    A = f(X @ U + p); B = f(A @ V + q); O = f(B @ W + s)
    e = O - Y
    d3 = e * g(O)
    d2 = d3 @ W.T * g(B)
    d1 = d2 @ V.T * g(A)
    W -= B.T @ d3 * .5; s -= d3.sum(0) * .5
    V -= A.T @ d2 * .5; q -= d2.sum(0) * .5
    U -= X.T @ d1 * .5; p -= d1.sum(0) * .5
    if i % 300 == 0: print(i, (e ** 2).sum())
print("wrong bits:", int(((O > .5) != Y).sum()))
