"""What lists, tuples and dicts hold, however they are nested: each entry by the name it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

__all__ = ["entries", "with_entries"]

DEEPEST = 4  # what holds itself has no end


def entries(held: object, name: str, depth: int = DEEPEST) -> Iterator[tuple[str, object]]:
    """Yield what something holds, by name; itself where it holds nothing.

    >>> list(entries([1, {"b": (2,)}], "w"))
    [('w[0]', 1), ("w[1]['b'][0]", 2)]
    """
    if not isinstance(held, (list, tuple, dict)) or not depth:
        yield name, held
        return
    pairs = held.items() if isinstance(held, dict) else enumerate(held)
    for key, x in pairs:
        yield from entries(x, f"{name}[{key!r}]", depth - 1)


def with_entries(
    held: object, name: str, change: Callable[[str, object], object], depth: int = DEEPEST
) -> object:
    """Put in the place of each entry what a function of its name, and of it, returns.

    Return what holds them: itself, for what else has it, but for a tuple.
    """
    if not isinstance(held, (list, tuple, dict)) or not depth:
        return change(name, held)
    pairs = [*(held.items() if isinstance(held, dict) else enumerate(held))]
    made = {key: with_entries(x, f"{name}[{key!r}]", change, depth - 1) for key, x in pairs}
    if all(made[key] is x for key, x in pairs):
        return held
    if isinstance(held, tuple):
        return held._make(made.values()) if hasattr(held, "_make") else tuple(made.values())
    for key, x in made.items():
        held[key] = x
    return held
