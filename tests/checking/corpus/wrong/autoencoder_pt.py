import numpy as np

# Autoencoder com pesos compartilhados (codificador W, decodificador W transposta)
rng = np.random.default_rng(71)
base = rng.normal(size=(2, 6))
dados = np.tanh(rng.normal(size=(60, 2)) @ base)

W = rng.normal(0, 0.4, (6, 3))
b_cod = np.zeros(3)
b_dec = np.zeros(6)


def custo_e_gradientes(x):
    n = len(x)
    codigo = np.tanh(x @ W + b_cod)
    recon = codigo @ W.T + b_dec
    erro = recon - x
    custo = 0.5 * np.sum(erro ** 2) / n
    # gradientes
    d_recon = erro / n
    d_codigo = (d_recon @ W) * (1 - codigo ** 2)
    dW = x.T @ d_codigo  # wrong: W is also used in the decoder; that contribution to its gradient is missing
    db_cod = d_codigo.sum(axis=0)
    db_dec = d_recon.sum(axis=0)
    return custo, dW, db_cod, db_dec


taxa = 0.1
for epoca in range(200):
    custo, dW, db_cod, db_dec = custo_e_gradientes(dados)
    W -= taxa * dW
    b_cod -= taxa * db_cod
    b_dec -= taxa * db_dec
    if epoca % 40 == 0:
        print("época %d, custo %.5f" % (epoca, custo))
