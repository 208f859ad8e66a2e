"""Of a statement that reads its own results, each round's right value is known: edits meet it."""
import numpy as np


def filter_forward(theta, y, start):
    a, q, r = theta
    seen, last, gain, var = (np.zeros(len(y)) for _ in range(4))
    m, P = start[0], start[1]
    for t in range(len(y)):
        last[t], var[t] = a * m, a * a * P + q
        gain[t] = var[t] / (var[t] + r)
        m = seen[t] = last[t] + gain[t] * (y[t] - last[t])
        P = (1 - gain[t]) * var[t]
    return seen.copy(), (theta, y, start, seen, last, gain, var)


def filter_backward(dseen, cache):
    theta, y, start, seen, last, gain, var = cache
    a, q, r = theta
    cap, low, ones, half, wide = y + 1, y - 1, np.ones(len(y)), y / 2, y * 3  # and more names
    deep, flat, near, far, odd = y + 2, y - 2, y * 2, y * 4, y * 5
    a_bar = q_bar = r_bar = m_bar = P_bar = 0.0
    y_bar = np.zeros(len(y))
    for t in reversed(range(len(y))):
        m_bar = m_bar + dseen[t]
        #~ K_bar = m_bar * (y[t] - seen[t]) - P_bar * var[t]  #: wrong: uses seen[t] where last[t]
        K_bar = m_bar * (y[t] - last[t]) - P_bar * var[t]
        #~ y_bar[t] = m_bar * gain[t - 1]  #: wrong: uses gain[t - 1] where gain[t] belongs
        y_bar[t] = m_bar * gain[t]
        back = m_bar * (1 - gain[t])
        v_bar = P_bar * (1 - gain[t]) + K_bar * r / (var[t] + r) ** 2
        r_bar -= K_bar * var[t] / (var[t] + r) ** 2
        m, P = (seen[t - 1], (1 - gain[t - 1]) * var[t - 1]) if t else start
        a_bar += back * m + v_bar * 2 * a * P
        q_bar += v_bar
        m_bar, P_bar = back * a, v_bar * a * a
    return np.array([a_bar, q_bar, r_bar]), y_bar, np.array([m_bar, P_bar])


def example():
    y = np.random.default_rng(2).normal(size=5)
    return np.array([0.9, 0.3, 0.5]), y, np.array([0.2, 1.1])
