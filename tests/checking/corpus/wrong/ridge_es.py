import numpy as np

# Regresión lineal con penalización L2 (ridge) por descenso de gradiente
np.random.seed(31)
n, d = 90, 5
X = np.random.randn(n, d)
X = (X - X.mean(0)) / X.std(0)
y = X @ np.array([3.0, -1.5, 0.0, 0.8, 2.0]) + 4 + 0.3 * np.random.randn(n)

pesos = np.zeros(d)
sesgo = 0.0
paso = 0.05
lam = 0.3

def costo(pesos, sesgo):
    resid = X @ pesos + sesgo - y
    return np.mean(resid ** 2) + lam * np.sum(pesos ** 2)

for i in range(150):
    J = costo(pesos, sesgo)
    resid = X @ pesos + sesgo - y
    grad_pesos = 2 / n * (X.T @ resid) + lam * pesos  # wrong: the derivative of lam*sum(w^2) is 2*lam*w, the factor 2 is missing
    grad_sesgo = 2 * resid.mean()
    pesos = pesos - paso * grad_pesos
    sesgo = sesgo - paso * grad_sesgo
    if i % 30 == 0:
        print("iteración", i, "costo", J)

print("pesos:", pesos.round(3), "sesgo:", round(sesgo, 3))
