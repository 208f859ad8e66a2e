"""Graphviz in a browser: `@viz-js/viz`, handed over by the script that runs Python there."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from microgradnet.drawing.layouts.layout import Layout, LayoutError

__all__ = ["find"]

NAME = "viz-js"
HANDED_OVER = "viz"  # the global of the browser's script that has `render`


def find() -> Layout | None:
    """Return the layout of the browser; None elsewhere, and where its script has no viz."""
    if sys.platform != "emscripten":
        return None
    viz = getattr(importlib.import_module("js"), HANDED_OVER, None)
    return InBrowser(viz) if viz is not None else None


class InBrowser(Layout):
    """The layout of viz-js; viz: its instance, called as JavaScript's objects are.

    It cannot be ended, and has no fonts: a browser's page ends it, and draws an svg with its own.
    """

    def __init__(self, viz: Any) -> None:
        super().__init__(NAME)
        self.viz = viz

    def lay_out(self, source: str, form: str, seconds: float) -> bytes:
        if form != "svg":
            raise LayoutError(f"{self.name} writes no {form}: save the picture as .svg")
        try:
            made = self.viz.render(source, format=form)
        except Exception as error:  # of JavaScript, as where its memory is used up
            raise LayoutError(f"{self.name} failed: {error}") from None
        if made.status == "success":
            return str(made.output).encode()
        said = "; ".join(str(error.message).strip() for error in made.errors)
        raise LayoutError(f"{self.name} failed: {said or made.status}")
