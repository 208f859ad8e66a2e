"""A baseline that learns beside a policy goes down a loss of its own, which no code computes."""
import numpy as np

rng = np.random.default_rng(3)
features, actions = rng.normal(size=(12, 4)), rng.integers(0, 2, 12)
returns = features[:, 0] + 0.1 * rng.normal(size=12)
theta, value = np.zeros((4, 2)), np.zeros(4)
for _ in range(20):
    advantage = returns - features @ value
    z = features @ theta
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -(np.log(p[np.arange(12), actions]) * advantage).mean()
    dz = p * advantage[:, None]
    #~ dz[np.arange(12), actions] += advantage  #: wrong
    dz[np.arange(12), actions] -= advantage
    theta -= 0.5 * features.T @ dz / 12  #: right
    value += 0.2 * features.T @ advantage / 12  #: cannot tell: a loss of its own
    print(loss)
