import numpy as np


class TwoLayer:
    def __init__(self, n_in, n_mid, n_out, rng):
        self.theta = [
            rng.normal(0, 0.5, (n_mid, n_in)), np.zeros((n_mid, 1)),
            rng.normal(0, 0.5, (n_out, n_mid)), np.zeros((n_out, 1)),
        ]

    def simulate(self, x):
        K, k, M, m = self.theta
        self.mid = np.tanh(K @ x + k)
        return M @ self.mid + m

    def energy(self, x, y):
        return 0.5 * np.sum((self.simulate(x) - y) ** 2) / x.shape[1]

    def optimise(self, x, y, rate):
        K, k, M, m = self.theta
        r = (self.simulate(x) - y) / x.shape[1]
        back = (M.T @ r) * (1 - self.mid)  # wrong: The slope of tanh is 1 - a squared; the square is missing.
        steps = [back @ x.T, back.sum(1, keepdims=True), r @ self.mid.T, r.sum(1, keepdims=True)]
        self.theta = [t - rate * s for t, s in zip(self.theta, steps)]


def pendulum(state, dt=0.1):
    angle, speed = state
    return np.stack([angle + dt * speed, speed - dt * 9.81 * np.sin(angle)])


rng = np.random.default_rng(30)
x = rng.uniform(-1, 1, (2, 200))
y = pendulum(x)
model = TwoLayer(2, 12, 2, rng)
for i in range(800):
    model.optimise(x, y, 0.2)
    if i % 200 == 0:
        print(f"{i:4d} {model.energy(x, y):.6f}")
