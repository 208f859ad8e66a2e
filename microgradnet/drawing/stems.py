"""A sketch with many boxes in few: those whose names differ in their numbers alone are one."""

from __future__ import annotations

import re
from collections import defaultdict

from microgradnet.checking.sketches import Box, Sketch

__all__ = ["by_stems"]

DIGITS = re.compile(r"\d+|\[[^\]]*\]")


def by_stems(sketch: Sketch) -> Sketch:
    """Return a sketch with one box for w1 to w9, one for h[0] to h[15]: as arrays are drawn.

    Alike are boxes of one role at the same distance from the leaves, and leaves that come in there.

    >>> boxes = (Box("w1"), Box("w2"), Box("L", role="root"))
    >>> [box.name for box in by_stems(Sketch(boxes, ((0, 2), (1, 2)), {})).boxes]
    ['w1 … w2: 2', 'L']
    """
    depths = _depths(sketch)
    members: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    for i, box in enumerate(sketch.boxes):
        members[DIGITS.sub("", box.name), box.role, depths[i]].append(i)
    of = {i: k for k, several in enumerate(members.values()) for i in several}
    boxes = [_one([sketch.boxes[i] for i in several]) for several in members.values()]
    links = dict.fromkeys((of[i], of[j]) for i, j in sketch.links if of[i] != of[j])
    places = {name: (of[a], of[b]) for name, (a, b) in sketch.places.items()}
    return Sketch(tuple(boxes), tuple(links), places)


def _depths(sketch: Sketch) -> list[int]:
    """How far each box is from the leaves; of a leaf, how far what it first goes into is."""
    depths = [0] * len(sketch.boxes)
    computed = {j for _, j in sketch.links}
    by_target = sorted(sketch.links, key=lambda pair: pair[1])
    for i, j in by_target:
        depths[j] = max(depths[j], depths[i] + 1)
    for i, j in reversed(by_target):
        if i not in computed:
            depths[i] = depths[j]
    return depths


def _one(boxes: list[Box]) -> Box:
    first, last = boxes[0], boxes[-1]
    if first is last:
        return first
    name = f"{first.name} … {last.name}: {len(boxes)}"
    return Box(name, first.lines, role=first.role)
