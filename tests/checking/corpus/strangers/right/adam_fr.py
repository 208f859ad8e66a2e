import numpy as np


class Adam:
    def __init__(self, parametres, pas=0.02, b1=0.9, b2=0.999, eps=1e-8):
        self.p = parametres
        self.pas, self.b1, self.b2, self.eps = pas, b1, b2, eps
        self.m = [np.zeros_like(q) for q in parametres]
        self.v = [np.zeros_like(q) for q in parametres]
        self.t = 0

    def avance(self, gradients):
        self.t += 1
        pas_t = self.pas * np.sqrt(1 - self.b2 ** self.t) / (1 - self.b1 ** self.t)
        for q, g, m, v in zip(self.p, gradients, self.m, self.v):
            m *= self.b1
            m += (1 - self.b1) * g
            v *= self.b2
            v += (1 - self.b2) * g * g
            q -= pas_t * m / (np.sqrt(v) + self.eps)


gen = np.random.default_rng(11)
X = gen.normal(size=(100, 3))
Y = np.sin(X[:, :1]) + 0.5 * X[:, 1:2] * X[:, 2:]

W1, c1 = gen.normal(size=(3, 8)) * 0.5, np.zeros((1, 8))
W2, c2 = gen.normal(size=(8, 1)) * 0.5, np.zeros((1, 1))
optimiseur = Adam([W1, c1, W2, c2])

for epoque in range(300):
    H = np.tanh(X @ W1 + c1)
    S = H @ W2 + c2
    ecart = S - Y
    dS = 2 * ecart / ecart.size
    dH = (dS @ W2.T) * (1 - H ** 2)
    grads = [X.T @ dH, dH.sum(0, keepdims=True), H.T @ dS, dS.sum(0, keepdims=True)]
    optimiseur.avance(grads)
    if epoque % 100 == 0:
        print("époque", epoque, "erreur", float(np.mean(ecart ** 2)))
