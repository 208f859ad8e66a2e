from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

seed = 0.5
double = lambda x, by=2.0: by * x
TABLE = {
    "square": (lambda x: x**2, lambda x: 2 * x),
    "list": [lambda x: x + seed, lambda *several: sum(several)],
}


@dataclass
class Unit:
    f: Callable = lambda x: np.tanh(x)
    k: int = 3
    later = lambda self, x: self.f(x) * self.k


def counted(n):
    one: Callable = lambda x: x * n
    return one, [lambda x, i=i: x * i for i in range(n)]


a = double(seed) + double(seed, by=3.0)
b = TABLE["square"][1](a) + TABLE["list"][0](a) + TABLE["list"][1](a, a, a)
c = Unit(f=np.sin).later(b) + Unit().later(b)
d = counted(3)[0](c) + counted(3)[1][2](c)
print(a, b, c, d, sorted(Unit.__dataclass_fields__), max([1.0, -2.0], key=lambda x: x * x))
