import numpy as np

rs = np.random.RandomState(13)
area = rs.uniform(30, 200, 150)
rooms = rs.randint(1, 6, 150)
age = rs.uniform(0, 50, 150)
price = 2.0 * area + 15 * rooms - 1.5 * age + 0.01 * area * rooms * 3

X = np.column_stack([area, rooms, age])
X = (X - X.mean(0)) / X.std(0)
y = ((price - price.mean()) / price.std())[:, None]

W1 = rs.randn(3, 10) * 0.5
b1 = np.zeros((1, 10))
W2 = rs.randn(10, 1) * 0.5
b2 = np.zeros((1, 1))
lr = 0.1
n = len(X)

for step in range(400):
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    Yhat = H @ W2 + b2
    E = Yhat - y
    loss = (E ** 2).sum() / (2 * n)

    dY = E / n
    W2 = W2 - lr * (H.T @ dY)
    b2 = b2 - lr * dY.sum(axis=0, keepdims=True)
    dZ = (dY @ W2.T) * (Z > 0)  # wrong: The error sent back to the hidden layer uses W2 after it was already updated; the dZ line 
    W1 = W1 - lr * (X.T @ dZ)
    b1 = b1 - lr * dZ.sum(axis=0, keepdims=True)

    if not step % 100:
        print(step, loss)
