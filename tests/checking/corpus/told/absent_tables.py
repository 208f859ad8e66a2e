"""Tables of pandas that are not there are made up, put together, and read by column."""
import numpy as np
import pandas as pd

red, white = pd.read_csv("red.csv", sep=";"), pd.read_csv("white.csv", sep=";")
wine = pd.concat([red, white], ignore_index=True)
wine["good"] = (wine["quality"] > wine["quality"].mean()).astype(int)
features = [c for c in wine.columns if c != "good"]
X, y = wine[features].to_numpy(dtype=float), wine["good"].to_numpy()
w, b = np.zeros(X.shape[1]), 0.0
for _ in range(20):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    #~ d = y - p  #: wrong: sign
    d = p - y
    w -= 0.1 * X.T @ d / len(y)  #: right
    b -= 0.1 * d.mean()  #: right
