"""The dimensions of what is made up: each its own whole number, or computed from others."""

from __future__ import annotations

import random

__all__ = ["Sizes"]

FIXED = {"one": 1, "k": 3}  # a kernel is smaller than an image
LARGE = "HW"
POOL = (4, 5, 3, 7, 6, 2, 9, 8, 11, 10, 13, 12, 15, 17, 19, 14, 21, 23)


class Sizes:
    """Whole numbers, one for each dimension; some are computed from others.

    A dimension is its index. `forms` says how each is computed: a number of its own, or a
    function of other dimensions.
    """

    def __init__(self) -> None:
        self.forms: list[int | tuple[str, int, int]] = []
        self.names: dict[str, int] = {}

    def __getitem__(self, i: int) -> int:
        form = self.forms[i]
        if isinstance(form, int):
            return form
        sign, j, k = form
        if sign == "+":
            return self[j] + self[k]
        return {"is": self[j], "*": self[j] * k}[sign] if sign != "=" else k

    def values(self) -> list[int]:
        """Return all sizes."""
        return [self[i] for i in range(len(self.forms))]

    def new(self) -> int:
        """Return a new dimension, of a size that no other has."""
        self.forms.append(0)
        self.free(len(self.forms) - 1)
        return len(self.forms) - 1

    def free(self, i: int, least: int = 2) -> None:
        """Give a dimension a size that no other has."""
        used = {self[j] for j in range(len(self.forms)) if j != i}
        self.forms[i] = next((n for n in POOL if n >= least and n not in used), 25 + len(used))

    def named(self, name: str) -> int:
        """Return the dimension of a name, "?" for a new one."""
        if name == "?":
            return self.new()
        if name not in self.names:
            self.names[name] = self.new()
            if name in FIXED:
                self.forms[self.names[name]] = FIXED[name]
            elif name in LARGE:
                self.free(self.names[name], 8)
        return self.names[name]

    def _needs(self, i: int, j: int) -> bool:
        """Return whether dimension i is computed from j."""
        form = self.forms[i]
        if i == j or isinstance(form, int):
            return i == j
        return (form[0] != "=" and self._needs(form[1], j)) or (
            form[0] == "+" and self._needs(form[2], j)
        )

    def set(self, i: int, value: int) -> None:
        """Make a dimension have a value: as another has it, as a sum or product, else as it is."""
        others = [j for j in range(len(self.forms)) if not self._needs(j, i)]
        ways: list[int | tuple[str, int, int]] = [("is", j, 0) for j in others if self[j] == value]
        ways += [("+", j, k) for j in others for k in others if self[j] + self[k] == value]
        ways += [("*", j, n) for j in others for n in (2, 3, 4) if self[j] * n == value]
        self.forms[i] = ways[0] if ways else ("=", 0, value)

    def other(self, seed: int) -> Sizes:
        """Return sizes with other numbers, in the same order, and with the same relations."""
        changed = Sizes()
        changed.names = {**self.names}
        own = [i for i, form in enumerate(self.forms) if isinstance(form, int) and form > 1]
        own.sort(key=lambda i: self[i])
        new = sorted(random.Random(seed).sample(range(3, 4 + 2 * len(own)), len(own)))
        found = dict(zip(own, new))
        changed.forms = [found.get(i, form) for i, form in enumerate(self.forms)]
        return changed
