"""A class beside its data, and what runs as a script."""
X, y = [[1.0], [2.0]], [1.0, 2.0]

class Net:
    def __init__(self):
        self.w = 0.5
    def predict(self, x):
        return self.w * x[0]
    def train(self, X, y):
        for x, y_true in zip(X, y):
            y_pred = self.w * x[0]
            d_L_d_ypred = -2 * (y_true - y_pred)
            d_ypred_d_w = x[0]
            self.w -= 0.1 * d_L_d_ypred * d_ypred_d_w

print("said by the file")
if __name__ == "__main__":
    raise SystemExit("run as a script")
