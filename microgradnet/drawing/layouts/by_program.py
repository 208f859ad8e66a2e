"""A layout by a program that is run: it reads DOT text and writes the picture."""

from __future__ import annotations

import subprocess

from microgradnet.drawing.layouts.layout import COARSE, Layout, LayoutError

__all__ = ["ByProgram"]

# Pixels an inch of a png or jpg, twice what a picture in a page needs; 100 inches a side at most.
SHARP = ["-Gdpi=144", "-Gsize=100,100"]


class ByProgram(Layout):
    """The layout of a program with the options of Graphviz; program: its path.

    >>> ByProgram("dot", "no/such/dot").lay_out("digraph {}", "svg", 1.0)
    Traceback (most recent call last):
    microgradnet.LayoutError: dot could not be started: ...
    """

    def __init__(self, name: str, program: str) -> None:
        super().__init__(name)
        self.program = program

    def lay_out(self, source: str, form: str, seconds: float) -> bytes:
        sharp = SHARP if form in ("png", "jpg") else []
        for options in ([], [f"-G{name}={x}" for name, x in COARSE.items()]):
            command = [self.program, f"-T{form}", "-q1", *sharp, *options]
            try:
                done = subprocess.run(
                    command, input=source.encode(), capture_output=True, timeout=seconds
                )
            except subprocess.TimeoutExpired:
                continue
            except OSError as error:
                raise LayoutError(f"{self.name} could not be started: {error}") from None
            if done.returncode == 0 and done.stdout:
                return done.stdout
            said = done.stderr.decode(errors="replace").strip()
            raise LayoutError(f"{self.name} failed: {said or f'exit {done.returncode}'}")
        raise LayoutError(
            f"{self.name} took more than {seconds:g} s, twice: draw a part, such as draw(h1), "
            'or .save("x.dot") and lay it out by hand'
        )
