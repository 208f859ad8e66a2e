"""Numbers that parameters may start from: each is known where it is handed on, by any name."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Start", "marked", "start_of"]

Place = tuple[str, str]  # a function, and a name in it


@dataclass(eq=False)
class Start:
    """Where a number, or zeros, was assigned first, and when; names: all that it has since."""

    key: Place
    step: int
    names: list[Place] = field(default_factory=list)


class _Whole(int):
    start: Start


class _Number(float):
    start: Start


def marked(number: object, start: Start) -> object:
    """Return a plain number that says where it was assigned first; anything else as it is."""
    kind = {int: _Whole, float: _Number}.get(type(number))
    if kind is None:
        return number
    made = kind(number)
    made.start = start
    return made


def start_of(number: object) -> Start | None:
    """Return what a number says of itself, None where it says nothing."""
    return number.start if isinstance(number, (_Whole, _Number)) else None
