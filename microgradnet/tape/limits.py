"""Loops that end after some time: the code is compiled with a question in each of them."""

from __future__ import annotations

import ast
import math
import time
from collections.abc import Iterable, Iterator
from types import CodeType
from typing import Any

from microgradnet.tape.sources import parse

__all__ = ["CLOCK", "NAMES", "Clock", "ending_loops"]


class Clock:
    """Tells loops when to end, in seconds of the processor."""

    end = math.inf

    def start(self, seconds: float) -> None:
        """Let loops go on for some seconds from now."""
        self.end = time.process_time() + seconds

    def stop(self) -> None:
        """Let loops go on without an end."""
        self.end = math.inf

    def is_late(self) -> bool:
        """Whether the time that was given is over."""
        return time.process_time() > self.end

    def early(self, entries: Iterable[Any], least: int = 3) -> Iterator[Any]:
        """Yield entries until it is late, at least some."""
        for i, entry in enumerate(entries):
            if i >= least and self.is_late():
                return
            yield entry

    def long(self, entries: Iterable[Any]) -> Iterator[Any]:
        """Yield the entries of a comprehension, which are many if it is cut."""
        return self.early(entries, 1000)


CLOCK = Clock()
LATE, EARLY, LONG = "_is_late_", "_early_", "_long_"
NAMES = {LATE: CLOCK.is_late, EARLY: CLOCK.early, LONG: CLOCK.long}  # that the code needs


def ending_loops(text: str, file: str) -> CodeType:
    """Compile a text so that its loops end when `CLOCK` says so; raises SyntaxError."""
    tree = parse(text, file)
    for node in ast.walk(tree):
        if isinstance(node, ast.While):
            late = ast.Call(ast.Name(LATE, ast.Load()), [], [])
            node.body.append(ast.If(late, [ast.Break()], []))
        elif isinstance(node, (ast.For, ast.comprehension)) and not getattr(node, "is_async", 0):
            name = EARLY if isinstance(node, ast.For) else LONG
            node.iter = ast.Call(ast.Name(name, ast.Load()), [node.iter], [])
    code: CodeType = compile(ast.fix_missing_locations(tree), file, "exec", dont_inherit=True)
    return code
