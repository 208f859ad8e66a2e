# Простая сеть с leaky ReLU, обучение по одному примеру
import numpy as np

ген = np.random.RandomState(10)
вход = ген.uniform(-1, 1, (40, 2))
цель = np.abs(вход[:, 0]) - 0.5 * вход[:, 1]

наклон = 0.1
W = ген.randn(5, 2) * 0.7
b = np.zeros(5)
v = ген.randn(5) * 0.7
c = 0.0
шаг = 0.05


def активация(s):
    return np.where(s > 0, s, наклон * s)


def ответ(x):
    return v @ активация(W @ x + b) + c


for эпоха in range(60):
    сумма = 0.0
    for x, t in zip(вход, цель):
        h = активация(W @ x + b)
        y = v @ h + c
        # L = 0.5 * (t - y)^2
        d = -(t - y)
        dh = d * v * np.where(h > 0, 1.0, наклон)
        v -= шаг * d * h
        c -= шаг * d
        W -= шаг * np.outer(dh, x)
        b -= шаг * dh
        сумма += abs(t - y)
    if эпоха % 20 == 0:
        print("эпоха", эпоха, "средняя абс. ошибка %.4f" % (сумма / len(цель)))

print("ответ для (0.5, 0.5): %.3f" % ответ(np.array([0.5, 0.5])))
