"""What `p -= 0.1 * p.grad` makes of a leaf: a Value that warns where nothing uses it."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from microgradnet.autograd.modes import is_standing_in
from microgradnet.autograd.value import Value

__all__ = ["Unread", "until_read"]


def until_read(node: Value) -> Value:
    """Return what an in-place operator made of a leaf, to warn where it dies unread.

    Only of a leaf and a number, and not while somebody's code is traced.
    """
    if type(node) is Value and type(node._y) is float and not is_standing_in():
        node.__class__ = Unread
    return node


class Unread(Value):
    """The result of `p -= number`, until its number is read; from then on it is a Value.

    A name that is bound anew, such as the variable of a loop over parameters, moves no parameter.
    So a result that dies unread was an update that did nothing.
    """

    __slots__ = ()

    @property
    def _data(self) -> Any:
        self.__class__ = Value  # type: ignore[assignment]
        return self._data

    @_data.setter
    def _data(self, data: float) -> None:
        self.__class__ = Value  # type: ignore[assignment]
        self._data = data

    def __del__(self) -> None:
        if not sys.is_finalizing():
            sign = self.op
            says = (
                f"`x {sign}= ...` made a new Value, which nothing used, and left x as it was: "
                f"to move a parameter, write x.data {sign}= ..."
            )
            warnings.warn(says, UserWarning, stacklevel=2)
