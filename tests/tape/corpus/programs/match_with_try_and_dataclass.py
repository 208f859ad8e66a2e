"""Match, with, try and dataclass; `seed` is where it starts."""
import contextlib
from dataclasses import dataclass, field
import numpy as np
seed = 0.5
@dataclass
class State:
    w: float = 0.25
    history: list = field(default_factory=list)
    def move(self, g):
        self.w -= 0.1 * g
        self.history.append(self.w)
s = State()
for kind in ("up", "down", 3):
    match kind:
        case "up":
            s.move(seed)
        case int(n) if n > 2:
            s.move(n * seed)
        case _:
            s.move(-seed)
with contextlib.suppress(ZeroDivisionError):
    z = seed / 0
try:
    u = seed * [1.0][1]
except IndexError:
    u = seed * 4
finally:
    u = u + 1
w = s.w
assert len(s.history) == 3 and isinstance(s.w, float) and s.w != 0
text = f"{w:.3f} {seed}"
print(text, "%.2f" % u, [1] * 3, "ab" * 2)
