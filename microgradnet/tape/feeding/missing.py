"""Find from its exceptions the things that a run of a file lacks, and lend it others.

Functions that read return made-up data, functions that write do nothing, imports of absent
packages return stand-ins, and loops end after some time.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import contextlib
import io
import os
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import numpy as np

from microgradnet.tape.feeding.stand_ins import ROWS, Data, Unknown
from microgradnet.tape.sources import Source, read
from microgradnet.words import say

MOST_SKIPPED = 3000  # rows that are made up for this
ANSWER = "2"  # to each `input()`: usable as a size or a number
LENT = "_lent_"  # a built-in name that only the person's code has
DRAWS = "matplotlib mpl_toolkits seaborn plotly tqdm IPython tkinter turtle pylab bokeh"
SAME = {"cupy": "numpy", "cupyx": "scipy"}  # packages with the same functions
WRITES = "mkdir makedirs remove unlink rename replace rmdir system popen startfile"
LEFT_UNDONE = [*((os, name) for name in WRITES.split()), (time, "sleep")]
REMOVED = {  # names removed from NumPy, with replacements
    **{"mat": np.asmatrix, "Inf": np.inf, "Infinity": np.inf, "NaN": np.nan, "NAN": np.nan},
    **{"float": float, "int": int, "object": object, "complex": complex, "str": str},
    **{"float_": np.float64, "product": np.prod, "row_stack": np.vstack, "infty": np.inf},
    **{"PINF": np.inf, "NINF": -np.inf, "alltrue": np.all, "sometrue": np.any, "bool8": np.bool_},
    **{"in1d": np.isin, "cumproduct": np.cumprod, "round_": np.round},
    "asscalar": np.ndarray.item,
}


@dataclass
class Missing:
    """The things that a file lacks, collected from run to run.

    has_left: whether the code ended itself.
    """

    source: Source
    data: Data = field(default_factory=Data)
    absent: dict[str, bool] = field(default_factory=dict)  # packages; True if they only draw
    failing: list[tuple[object, str]] = field(default_factory=list)  # functions that cannot read
    arguments: list[str] = field(default_factory=list)
    answers: bool = False
    has_left: bool = False
    tried: dict[str, set[int]] = field(default_factory=dict)  # lines in a `try`, by file

    def __post_init__(self) -> None:
        """Make up more rows than the code skips: `data[1000:]`."""
        nodes = (n.lower for n in ast.walk(self.source.tree()) if isinstance(n, ast.Slice))
        skipped = [n.value for n in nodes if isinstance(n, ast.Constant) and type(n.value) is int]
        self.data.sizes["rows"] += max((n for n in skipped if ROWS < n < MOST_SKIPPED), default=0)

    def is_tried(self, file: str, line: int) -> bool:
        """Whether a line is in a `try` body, where the code itself handles a failing import."""
        if file not in self.tried:
            with contextlib.suppress(ValueError, OSError, SyntaxError):
                tree = (self.source if file == str(self.source.file) else read(file)).tree()
                nodes = [s for n in ast.walk(tree) if isinstance(n, ast.Try) for s in n.body]
                self.tried[file] = {
                    i for s in nodes for i in range(s.lineno, (s.end_lineno or 0) + 1)
                }
        return line in self.tried.get(file, set())

    def notes(self) -> list[str]:
        """Return a sentence for each thing that was made up or left out."""
        said = self.data.notes()
        given = {name.partition("/")[0].partition(".")[0] for name in self.data.used}
        for name, draws in self.absent.items():
            if draws:
                said.append(say("{name} is not run: it only draws", name=name))
            elif name not in given:
                said.append(say("{name} cannot be used here: what it gives is made up", name=name))
        if self.answers:
            said.append(say("Questions are answered with {answer}.", answer=ANSWER))
        if self.arguments:
            words = "The command line has {arguments}, which is made up."
            said.append(say(words, arguments=" ".join(self.arguments)))
        return said

    def mend(self, error: Exception) -> bool:
        """Make up a thing that an error says is missing; return whether a rerun may help."""
        frames = [f for f, _ in traceback.walk_tb(error.__traceback__)]
        lines = traceback.extract_tb(error.__traceback__)
        own = max((i for i, f in enumerate(frames) if LENT in f.f_builtins), default=-1)
        beneath = frames[own + 1 : own + 2]
        lost = beneath and _has_unknown(beneath[0].f_locals.values())
        if own >= 0 and beneath and (lost or isinstance(error, (OSError, ImportError))):
            return self._replace(beneath[0])
        if isinstance(error, IndexError) and own >= 0 and "argv" in (lines[own].line or ""):
            self.arguments.append(ANSWER)
            return len(self.arguments) < 10
        return self.data.mend(str(error))

    def _replace(self, frame: FrameType) -> bool:
        """Let a failing library function return made-up data from the next run on."""
        owner, name = _place_of(frame.f_code, str(frame.f_globals.get("__name__")))
        if owner is None or (owner, name) in self.failing:
            return False
        self.failing.append((owner, name))
        return True


def _place_of(code: CodeType, module: str) -> tuple[object, str]:
    """Return the module or class that has a function of this code, and the name it has there."""
    owner: Any = sys.modules.get(module)
    *path, name = code.co_qualname.split(".")
    for part in path:
        owner = getattr(owner, part, None)
    if name == "__init__" and path:
        owner, name = sys.modules.get(module), path[-1]
    return owner, name


# -- replacements for functions that the code calls


@contextlib.contextmanager
def patched(missing: Missing) -> Iterator[None]:
    """In this context, library functions that write do nothing, and failing ones make data up."""
    with contextlib.ExitStack() as stack:

        def patch(owner: Any, name: str, value: object) -> None:
            before = getattr(owner, name, stack)
            setattr(owner, name, value)
            if before is stack:
                stack.callback(delattr, owner, name)
            else:
                stack.callback(setattr, owner, name, before)

        for module, name in [pair for pair in LEFT_UNDONE if hasattr(*pair)]:
            patch(module, name, lambda *_, **__: None)
        for owner, name in missing.failing:
            function = getattr(owner, name)
            lenient = _lenient(function, missing)
            for place in [owner, *(m for m in [*sys.modules.values()] if _has(m, name, function))]:
                patch(place, name, lenient)
        for name, value in REMOVED.items():
            if name not in dir(np):
                patch(np, name, value)
        patch(argparse.ArgumentParser, "error", lambda *_: None)  # the code goes on
        patch(argparse.ArgumentParser, "parse_known_args", _arguments(missing))
        patch(socket.socket, "connect", _no_network)
        opened = _reading(builtins.open)
        patch(builtins, "open", opened)
        patch(io, "open", opened)
        yield


def _has_unknown(several: Iterable[object]) -> bool:
    """Whether a value is made up, or one in a list of them."""
    flat = [x for v in several for x in (v if isinstance(v, (list, tuple)) else (v,))]
    return any(isinstance(x, Unknown) for x in flat)


def _has(module: object, name: str, function: object) -> bool:
    own = getattr(module, "__dict__", {}).get(name)
    return own is function or getattr(own, "__wrapped__", own) is function


def _lenient(function: Any, missing: Missing) -> Callable[..., Any]:
    """Return a function that makes up data where it cannot read any."""

    def read(*inputs: Any, **options: Any) -> Any:
        try:
            return function(*inputs, **options)
        except Exception as error:
            given = [*inputs, *options.values()]
            if not isinstance(error, (OSError, ImportError)) and not _has_unknown(given):
                raise
            named = [x for x in given if isinstance(x, (str, os.PathLike))]
            file = os.path.basename(str(named[0])) if named else function.__name__
            if function.__name__ == "open":
                return _stream(missing, file, "t" not in str(inputs[1:]))
            if function.__name__ in ("read_text", "read_bytes"):
                content = missing.data.content(str(inputs[0]), False)
                return content.decode() if function.__name__ == "read_text" else content
            missing.data.used.setdefault(file, "")
            return Unknown(missing.data, f"{file}/{function.__name__}")

    return read


class _Written(io.BytesIO):
    """A file that is written to memory, and can be read again in the same run."""

    def __init__(self, files: dict[str, bytes], file: str) -> None:
        super().__init__()
        self.files, self.file = files, file

    def write(self, content: Any) -> int:
        return super().write(content.encode() if isinstance(content, str) else content)

    def close(self) -> None:
        if not self.closed:
            self.files[self.file] = self.getvalue()
        super().close()


def _reading(open_: Callable[..., Any]) -> Callable[..., Any]:
    """Return an `open` that writes to memory only."""
    files: dict[str, bytes] = {}

    def opened(file: Any, mode: str = "r", *inputs: Any, **options: Any) -> Any:
        if isinstance(mode, str) and any(sign in mode for sign in "wax+"):
            return _Written(files, str(file))
        if (content := files.get(str(file))) is not None:
            return io.BytesIO(content) if "b" in mode else io.StringIO(content.decode())
        if hasattr(file, "__index__") and (type(file) is not int or file < 3):
            raise OSError("no number of a file")  # else it is closed for the whole process
        return open_(file, mode, *inputs, **options)

    return opened


def _stream(missing: Missing, file: str, binary: bool) -> io.IOBase:
    content = missing.data.content(file, binary)
    return io.BytesIO(content) if binary else io.StringIO(content.decode("latin-1"))


def _no_network(*_: object) -> None:
    raise ConnectionError("no network")


def _arguments(missing: Missing) -> Callable[..., Any]:
    """Return a `parse_known_args` that makes up arguments that are missing."""

    def parsed(parser: Any, args: Any = None, namespace: Any = None) -> Any:
        names = namespace or argparse.Namespace()
        for action in parser._actions:
            value = action.default
            if value is None and (action.required or not action.option_strings):
                value = action.choices[0] if action.choices else (action.type or str)(ANSWER)
                missing.answers = True
            elif isinstance(value, str) and action.type:
                value = action.type(value)
            if action.dest != "help":
                setattr(names, action.dest, value)
        return names, []

    return parsed


def lent(missing: Missing) -> dict[str, object]:
    """Return the built-in functions that replace Python's in a file."""

    def answer(*_: object) -> str:
        missing.answers = True
        return ANSWER

    def opened(file: Any, mode: str = "r", *inputs: Any, **options: Any) -> Any:
        try:
            return builtins.open(file, mode, *inputs, **options)
        except OSError:
            return _stream(missing, os.path.basename(str(file)), "b" in mode)

    shell = Unknown(missing.data, "IPython", draws=True)
    found = {"input": answer, "raw_input": answer, "open": opened, "xrange": range}
    found |= {"unicode": str, "long": int, "reduce": None, "__import__": _importing(missing)}
    return found | {"get_ipython": shell, "display": shell, "exit": sys.exit, "quit": sys.exit}


def _importing(missing: Missing) -> Callable[..., Any]:
    """Return an `__import__` that returns stand-ins for absent packages and for those that draw."""

    def imported(
        name: str, names: Any = None, local: Any = None, wanted: Any = (), level: int = 0
    ) -> Any:
        top = name.partition(".")[0]
        draws = not level and top in DRAWS.split()
        caller = sys._getframe(1)
        try:
            if not draws:
                found = builtins.__import__(name, names, local, wanted, level)
                lacking = [n for n in wanted or () if n != "*" and not hasattr(found, n)]
                if not lacking:
                    return found
        except ImportError:
            if missing.is_tried(caller.f_code.co_filename, caller.f_lineno):
                raise
            name = name or (wanted or ("",))[0]  # from . import layers
            top = name.partition(".")[0]
        if top in SAME:
            return imported(name.replace(top, SAME[top], 1), names, local, wanted)
        missing.absent[top] = draws
        return Unknown(missing.data, name if wanted else top, draws)

    return imported
