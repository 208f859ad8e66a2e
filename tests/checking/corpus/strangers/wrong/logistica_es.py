import numpy as np


def sigmoide(z):
    return 1.0 / (1.0 + np.exp(-z))


def verosimilitud(X, y, beta):
    p = sigmoide(X @ beta)
    return np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def ajustar(X, y, tasa=0.1, iteraciones=50):
    beta = np.zeros(X.shape[1])
    historial = []
    for _ in range(iteraciones):
        p = sigmoide(X @ beta)
        gradiente = X.T @ (y - p) / len(y)
        beta = beta - tasa * gradiente  # wrong: the gradient of the log-likelihood (ascent direction) is subtracted, so the likelihood goes down
        historial.append(verosimilitud(X, y, beta))
    return beta, historial


generador = np.random.default_rng(15)
horas = generador.uniform(0, 4, 50)
sueno = generador.uniform(0, 4, 50)
aprueba = (horas + 0.5 * sueno + generador.normal(0, 0.7, 50) > 3).astype(float)
X = np.column_stack((np.ones(50), horas, sueno))

beta, historial = ajustar(X, aprueba)
print("beta:", beta.round(3))
print("log-verosimilitud media:", historial[-1])
