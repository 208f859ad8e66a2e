import numpy as np


def softmax(s):
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def attn_forward(q, k, v, mask):
    d = q.shape[-1]
    s = q @ k.swapaxes(-1, -2) / np.sqrt(d)
    s = np.where(mask, s, -1e9)
    p = softmax(s)
    return p @ v, (q, k, v, p, mask)


def attn_backward(do, cache):
    q, k, v, p, mask = cache
    d = q.shape[-1]
    dv = p.swapaxes(-1, -2) @ do
    dp = do @ v.swapaxes(-1, -2)
    # wrong: ds = p * (dp - (dp * p).sum(-2, keepdims=True)) :: axis
    # wrong: ds = p * (1 - p) * dp :: jacobian|diagonal|sum
    # wrong: ds = dp - (dp * p).sum(-1, keepdims=True) :: \bp\b
    ds = p * (dp - (dp * p).sum(-1, keepdims=True))
    # wrong: ds = ds / d :: sqrt
    # wrong: ds = ds * np.sqrt(d) :: divide|multipl
    ds = ds / np.sqrt(d)
    # wrong: dq = ds @ q[..., :ds.shape[-1], :] :: k\b
    dq = ds @ k
    # wrong: dk = ds.swapaxes(-1, -2) @ q / np.sqrt(d) :: sqrt|divide
    dk = ds.swapaxes(-1, -2) @ q
    return dq, dk, dv


def example():
    rng = np.random.default_rng(4)
    mask = np.tril(np.ones((4, 4), bool))
    return rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4, 5)), mask
