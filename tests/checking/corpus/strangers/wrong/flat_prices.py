import numpy as np


class ScaledRegressor:
    def __init__(self, lr=0.1, momentum=0.8, epochs=200):
        self.lr, self.momentum, self.epochs = lr, momentum, epochs

    def fit(self, X, y):
        self.mean_ = X.mean(axis=0)
        self.std_ = X.std(axis=0)
        Z = (X - self.mean_) / self.std_
        self.w = np.zeros(X.shape[1])
        self.b = 0.0
        vw, vb = np.zeros_like(self.w), 0.0
        for _ in range(self.epochs):
            r = Z @ self.w + self.b - y
            vw = self.momentum * vw + r @ Z / len(y)
            vb = self.momentum * vb + r.mean()
            self.w -= self.lr * vw
            self.b -= self.lr * vb
        return self

    def predict(self, X):
        Z = (X - X.mean(axis=0)) / X.std(axis=0)  # wrong: predict standardises with the statistics of the new data instead of the stored training mean and deviation
        return Z @ self.w + self.b


rng = np.random.default_rng(60)
size = rng.uniform(30, 150, 120)
rooms = rng.integers(1, 6, 120)
price = 2.0 * size + 15 * rooms + rng.normal(0, 5, 120)
X = np.column_stack([size, rooms])

reg = ScaledRegressor().fit(X[:90], price[:90])
print("coefficients", reg.w, reg.b)
test = X[90:]
print("test rmse", np.sqrt(np.mean((reg.predict(test) - price[90:]) ** 2)))
print("large flats", reg.predict(test[test[:, 0] > 120]).round(1))
