import numpy as np
a = np.eye(2) * 2.0
i, j = np.unravel_index(a.argmax(), a.shape)
