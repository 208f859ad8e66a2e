import numpy as np

texts = ["good good film", "bad bad film", "very good story", "very bad story",
         "great film", "awful film", "great great story", "awful story very bad"]
y = np.array([1, 0, 1, 0, 1, 0, 1, 0], dtype=float)
words = sorted({w for t in texts for w in t.split()})
index = {w: i for i, w in enumerate(words)}
docs = [np.array([index[w] for w in t.split()]) for t in texts]

rng = np.random.default_rng(0)
E = rng.normal(scale=0.5, size=(len(words), 4))
w = rng.normal(scale=0.5, size=4)
b = 0.0
lr = 0.5


def prob(doc):
    return 1 / (1 + np.exp(-(E[doc].mean(axis=0) @ w + b)))


for epoch in range(60):
    for doc, t in zip(docs, y):
        h = E[doc].mean(axis=0)
        p = 1 / (1 + np.exp(-(h @ w + b)))
        d = p - t
        dh = d * w / len(doc)
        w = w - lr * d * h
        b -= lr * d
        E[doc] -= lr * dh  # wrong: fancy-index -= keeps only one of several gradients of a word repeated in the batch (np.add.at needed)
    if epoch % 20 == 0:
        ps = np.array([prob(doc) for doc in docs])
        print("epoch", epoch, "bce", -np.mean(y * np.log(ps) + (1 - y) * np.log(1 - ps)))
