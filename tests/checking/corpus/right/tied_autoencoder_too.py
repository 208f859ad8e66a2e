import numpy as np

np.random.seed(8)
# 8 one-hot patterns through 3 hidden units
X = np.eye(8)
W = np.random.randn(8, 3) * 0.8
b = np.zeros(3)
c = np.zeros(8)
f = lambda a: 1.0 / (1.0 + np.exp(-a))

lr = 0.8
for sweep in range(600):
    H = f(X.dot(W) + b)
    R = f(H.dot(W.T) + c)
    E = ((R - X) ** 2).sum()

    dR = (R - X) * R * (1 - R)
    dH = dR.dot(W) * H * (1 - H)
    # the matrix is used twice: once to encode, once to decode
    gW = X.T.dot(dH) + dR.T.dot(H)
    gb = dH.sum(0)
    gc = dR.sum(0)
    W = W - lr * gW
    b = b - lr * gb
    c = c - lr * gc
    if sweep % 150 == 0:
        print(sweep, E)
print((f(X.dot(W) + b) > 0.5).astype(int))
