import numpy as np

# Regresion logistica maximizando la log-verosimilitud (ascenso de gradiente)

def sigmoide(z):
    return 1 / (1 + np.exp(-z))

def log_verosimilitud(x, y, theta):
    z = x @ theta
    return np.sum(y * z - np.log(1 + np.exp(z)))

def entrenar(x, y, pasos=400, tasa=0.01):
    theta = np.zeros(x.shape[1])
    for paso in range(pasos):
        error = y - sigmoide(x @ theta)
        theta += tasa * (x.T @ error)
        if paso % 100 == 0:
            print("paso", paso, "LL =", round(log_verosimilitud(x, y, theta), 4))
    return theta

azar = np.random.RandomState(7)
edad = azar.uniform(-1, 1, 60)
ingreso = azar.uniform(-1, 1, 60)
compra = (edad + 2 * ingreso + azar.normal(0, 0.5, 60) > 0).astype(float)
datos = np.column_stack([np.ones(60), edad, ingreso])

theta = entrenar(datos, compra)
print("coeficientes:", theta)
aciertos = np.mean((sigmoide(datos @ theta) > 0.5) == compra)
print("exactitud:", aciertos)
