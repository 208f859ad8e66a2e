"""What a run of a file lacks, found from the exceptions that it led to."""

from __future__ import annotations

import ast
import contextlib
import sys
import traceback
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from microgradnet.tape.sources import Source, read
from microgradnet.tape.stand_ins import Data, Unknown
from microgradnet.words import say

__all__ = ["ANSWER", "LENT", "Missing", "is_unknown"]

ANSWER = "2"  # to whatever the code asks: a size, a number, no word


@dataclass
class Missing:
    """What a run lacks, kept from each run of the file to the next.

    has_left: whether the code ended itself.
    """

    source: Source
    data: Data = field(default_factory=Data)
    absent: dict[str, bool] = field(default_factory=dict)  # packages, and whether they only draw
    failing: list[tuple[object, str]] = field(default_factory=list)  # functions that read nothing
    arguments: list[str] = field(default_factory=list)
    answers: bool = False
    has_left: bool = False
    tried: dict[str, set[int]] = field(default_factory=dict)  # lines of each file

    def is_tried(self, file: str, line: int) -> bool:
        """Return whether a line is in a `try`: an import that fails there is answered for."""
        if file not in self.tried:
            with contextlib.suppress(ValueError, OSError, SyntaxError):
                own = file == str(self.source.file)
                tree = self.source.tree() if own else read(file).tree()
                nodes = [s for n in ast.walk(tree) if isinstance(n, ast.Try) for s in n.body]
                self.tried[file] = {
                    i for s in nodes for i in range(s.lineno, (s.end_lineno or 0) + 1)
                }
        return line in self.tried.get(file, set())

    def notes(self) -> list[str]:
        """Return what was made up or left out, a sentence each."""
        said = self.data.notes()
        given = {name.partition("/")[0].partition(".")[0] for name in self.data.used}
        for name, draws in self.absent.items():
            if draws:
                said.append(say("{name} is not run: it only draws", name=name))
            elif name not in given:
                said.append(say("{name} is not installed: what it gives is made up", name=name))
        if self.answers:
            said.append(say("Questions are answered with {answer}.", answer=ANSWER))
        if self.arguments:
            words = "The command line has {arguments}, which is made up."
            said.append(say(words, arguments=" ".join(self.arguments)))
        return said

    def mend(self, error: Exception) -> bool:
        """Make up what an error says is missing; return whether a new run may come further."""
        frames = [f for f, _ in traceback.walk_tb(error.__traceback__)]
        lines = traceback.extract_tb(error.__traceback__)
        own = max((i for i, f in enumerate(frames) if _is_own(f)), default=-1)
        beneath = frames[own + 1 : own + 2]
        lost = beneath and any(map(is_unknown, beneath[0].f_locals.values()))
        if own >= 0 and beneath and (lost or isinstance(error, (OSError, ImportError))):
            return self._replace(beneath[0])
        if isinstance(error, IndexError) and own >= 0 and "argv" in (lines[own].line or ""):
            self.arguments.append(ANSWER)
            return len(self.arguments) < 10
        if isinstance(error, (NameError, ModuleNotFoundError)):
            return False
        return self.data.mend(str(error))

    def _replace(self, frame: FrameType) -> bool:
        """From the next run on, a function of a library that fails gives made-up data instead."""
        owner, name = _place_of(frame.f_code, str(frame.f_globals.get("__name__")))
        if owner is None or (owner, name) in self.failing:
            return False
        self.failing.append((owner, name))
        return True


def is_unknown(x: object) -> bool:
    """Return whether a thing is made up."""
    return isinstance(x, Unknown)


def _is_own(frame: FrameType) -> bool:
    """Return whether a frame runs code of the person: it has our built-in functions."""
    return LENT in frame.f_builtins


LENT = "_lent_"


def _place_of(code: CodeType, module: str) -> tuple[object, str]:
    """Return what has a function of this code as an attribute, and the attribute's name."""
    owner: Any = sys.modules.get(module)
    *path, name = code.co_qualname.split(".")
    for part in path:
        owner = getattr(owner, part, None)
    if name == "__init__" and path:
        owner, name = sys.modules.get(module), path[-1]
    return owner, name
