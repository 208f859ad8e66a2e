import numpy as np


def verlust(mittel, log_sigma, daten):
    sigma = np.exp(log_sigma)
    return np.mean(0.5 * ((daten - mittel) / sigma) ** 2 + log_sigma)


def ableitungen(mittel, log_sigma, daten):
    sigma = np.exp(log_sigma)
    rest = daten - mittel
    d_mittel = -np.mean(rest) / sigma ** 2
    d_log_sigma = 1 - np.mean(rest ** 2) / sigma  # wrong: d(log sigma) divides the squared residual by sigma instead of sigma squared
    return d_mittel, d_log_sigma


zufall = np.random.default_rng(6)
daten = zufall.normal(4.0, 2.5, size=200)

mittel, log_sigma = 0.0, 0.0
for schritt in range(600):
    d_m, d_s = ableitungen(mittel, log_sigma, daten)
    mittel -= 0.1 * d_m
    log_sigma -= 0.05 * d_s
    if schritt % 200 == 0:
        print("Schritt", schritt, "Verlust", round(verlust(mittel, log_sigma, daten), 4))

print("Mittelwert", round(mittel, 3), "Streuung", round(float(np.exp(log_sigma)), 3))
