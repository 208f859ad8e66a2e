"""Hold the picture of a derivation as plain data: its forward pass, and the place of each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

__all__ = ["ROLES", "Box", "Sketch"]

ROLES = ("root", "inner", "parameter", "input", "target")


@dataclass(frozen=True)
class Box:
    """A number or an array of the forward pass.

    lines: the formulas that compute it, or its statement; number: its value at the report's point,
    None for an array, which has a shape; role: one of ROLES.

    >>> Box("w1", number=0.5, role="parameter").shape
    ()
    """

    name: str
    lines: tuple[str, ...] = ()
    number: float | None = None
    shape: tuple[int, ...] = ()
    role: str = "inner"


@dataclass(frozen=True)
class Sketch:
    """Boxes, the links between them, and the places of rows; plain data, for pickles and JSON.

    links: pairs of positions among the boxes, from and into; places: the boxes (a, b) of the
    derivative of a by b, by the name of a row.

    >>> Sketch((Box("x"), Box("L", role="root")), ((0, 1),), {"d_L_d_x": (1, 0)}).root
    1
    """

    boxes: tuple[Box, ...]
    links: tuple[tuple[int, int], ...]
    places: Mapping[str, tuple[int, int]]

    @property
    def root(self) -> int:
        """The position of the loss among the boxes."""
        return next(i for i, box in enumerate(self.boxes) if box.role == "root")

    def to_dict(self) -> dict[str, object]:
        """Return the sketch as lists, dicts, strings and numbers, for JSON.

        >>> Sketch.from_dict(Sketch((Box("L"),), (), {}).to_dict()).boxes[0].name
        'L'
        """
        boxes = [
            [box.name, box.lines, box.number if _finite(box) else None, box.shape, box.role]
            for box in self.boxes
        ]
        places = {name: list(pair) for name, pair in self.places.items()}
        links = [list(pair) for pair in self.links]
        return {"boxes": boxes, "links": links, "places": places}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Sketch:
        """Return the sketch from the data that `to_dict` returns."""
        boxes = tuple(
            Box(name, tuple(lines), number, tuple(shape), role)
            for name, lines, number, shape, role in found["boxes"]
        )
        links = tuple((i, j) for i, j in found["links"])
        places = {name: (a, b) for name, (a, b) in found["places"].items()}
        return cls(boxes, links, places)


def _finite(box: Box) -> bool:
    return box.number is not None and isfinite(box.number)
