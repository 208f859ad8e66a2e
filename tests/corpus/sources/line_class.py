"""A line that a class trains, row by row."""
class Line:
    w, b = 0.5, 0.0
    def train(self, X, y):
        for x, y_true in zip(X, y):
            y_pred = self.w * x[0] + self.b
            d_L_d_ypred = -2 * (y_true - y_pred)
            self.w -= 0.1 * d_L_d_ypred * x[0]
            self.b -= 0.1 * d_L_d_ypred
