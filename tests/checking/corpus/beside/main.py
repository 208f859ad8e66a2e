"""The script beside it that trains it."""
import numpy as np
from net import Net
rng = np.random.default_rng(0)
Net(3).train(rng.normal(size=(5, 3)), rng.normal(size=5), 0.1)
