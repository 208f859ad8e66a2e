import numpy as np


def adam(grad, w, n_iter=300, pas=0.05, beta1=0.9, beta2=0.999, eps=1e-8):
    m = np.zeros_like(w)
    v = np.zeros_like(w)
    for t in range(1, n_iter + 1):
        g = grad(w)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g ** 2
        m_chap = m / (1 - beta1 ** t)
        v_chap = v / (1 - beta1 ** t)  # wrong: the second moment is bias-corrected with beta1 instead of beta2
        w = w - pas * m_chap / (np.sqrt(v_chap) + eps)
    return w


# régression logistique sur deux variables
alea = np.random.default_rng(44)
X = np.c_[np.ones(70), alea.normal(size=(70, 2))]
y = (X @ [0.2, 1.0, -2.0] + alea.logistic(size=70) > 0).astype(float)


def gradient(w):
    p = 1 / (1 + np.exp(-X @ w))
    return X.T @ (p - y) / len(y)


w = adam(gradient, np.zeros(3))
print("poids", w)
print("norme du gradient", np.linalg.norm(gradient(w)))
