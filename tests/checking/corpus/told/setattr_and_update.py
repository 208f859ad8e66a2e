"""What is stored by setattr or update moves."""
import numpy as np
rng = np.random.default_rng(0)
X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, 8)
y = np.eye(4)[labels]
W, b = rng.normal(size=(3, 4)), np.zeros(4)
class Net:
    pass
net, extra = Net(), {"b": b}
setattr(net, "W", W)
for epoch in range(5):
    r = X @ net.W + extra["b"] - y
    loss = 0.5 * (r**2).sum()
    for name, g in {"W": X.T @ r}.items():
        setattr(net, name, getattr(net, name) - 0.1 * g)  #: right
    #~ extra.update(b=extra["b"] + 0.1 * r.sum(axis=0))  #: wrong
    extra.update(b=extra["b"] - 0.1 * r.sum(axis=0))  #: right
