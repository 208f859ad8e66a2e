import numpy as np

seed = 0.5
a = np.array([3.0, 1.0, -2.0]) * seed
total = a.sum()
share = sum(x > 0 for x in a) / 3
each = sum([a > 0, a > 1]) * 0.5
print(total, share, each)
