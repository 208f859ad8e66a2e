"""A function that trains on rows of one number is checked without data."""
def train(W, X, y):
    for i in range(1):
        L = (W * X - y) ** 2
        d_L_d_W = 2 * (W * X - y) * X  #: right
        W = W - 0.1 * d_L_d_W  #: right
    return W
