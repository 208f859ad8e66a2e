"""Run a person's file where packages, modules, data files and answers may be missing."""

from __future__ import annotations

import argparse
import builtins
import contextlib
import io
import os
import socket
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import numpy as np

from microgradnet.tape.beside import Beside
from microgradnet.tape.lacking import ANSWER, LENT, Missing, is_unknown
from microgradnet.tape.limits import CLOCK, NAMES, ending_loops, muted, seeded
from microgradnet.tape.sources import Source, statements
from microgradnet.tape.stand_ins import Unknown

__all__ = ["Ran", "Transform", "execute", "provided"]

Transform = Callable[[str, str], CodeType]
DRAWS = "matplotlib mpl_toolkits seaborn plotly tqdm IPython tkinter turtle pylab bokeh"
TRIES, SECONDS = 40, 5.0  # runs of a file while its data are corrected
SAME = {"cupy": "numpy", "cupyx": "scipy"}  # has the same functions
WRITES = "mkdir makedirs remove unlink rename replace rmdir system popen startfile"
LEFT_UNDONE = [*((os, name) for name in WRITES.split()), (time, "sleep")]


@dataclass
class Ran:
    """What came of running a file; with `provided(missing)`, more of it can be run.

    namespace: its names. notes: what was made up, as sentences. errors: of the statements that
    were left out.
    """

    namespace: dict[str, Any]
    missing: Missing
    notes: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)


REMOVED = {  # from NumPy, and what stands for it
    **{"mat": np.asmatrix, "Inf": np.inf, "Infinity": np.inf, "NaN": np.nan, "NAN": np.nan},
    **{"float": float, "int": int, "object": object, "complex": complex, "str": str},
    **{
        "float_": np.float64,
        "product": np.prod,
        "row_stack": np.vstack,
        "asscalar": np.ndarray.item,
    },
}


def execute(
    source: Source,
    transform: Transform = ending_loops,
    names: Mapping[str, object] = NAMES,
    begin: Callable[[], object] = lambda: None,
    run_name: str = "__main__",
    seconds: float = 1.0,
) -> Ran:
    """Run a file as often as it takes to make up what it lacks; return what the last run left.

    Each statement at the top that fails, and that nothing made up helps, is left out. transform:
    compiles a text of the file, or of a module beside it; names: what the code it returns needs;
    begin: called before each run. seconds: after these, loops end. Raises KeyboardInterrupt.
    """
    missing = Missing(source)
    end = time.monotonic() + SECONDS
    for tries in range(TRIES, 0, -1):
        begin()
        CLOCK.start(seconds)
        last = tries == 1 or time.monotonic() > end
        try:
            with provided(missing, transform, names, run_name) as namespace:
                errors = _run(source, transform, namespace, missing, last)
        finally:
            CLOCK.stop()
        if errors is not None:
            break
    return Ran(namespace, missing, missing.notes(), errors or [])


def _run(
    source: Source, transform: Transform, namespace: dict[str, Any], missing: Missing, last: bool
) -> list[Exception] | None:
    """Run each statement; return the errors, None where something new was made up."""
    errors: list[Exception] = []
    for _, text in statements(source):
        try:
            exec(transform(text, str(source.file)), namespace)
        except SystemExit:
            missing.has_left = True
            break
        except Exception as error:
            if not last and missing.mend(error):
                return None
            errors.append(error)
    return errors


@contextlib.contextmanager
def provided(
    missing: Missing,
    transform: Transform = ending_loops,
    names: Mapping[str, object] = NAMES,
    run_name: str = "__main__",
) -> Iterator[dict[str, Any]]:
    """Yield the namespace to run a file in; meanwhile, nothing is shown, written or asked.

    Whatever happens, all is put back: streams, folder, seeds, arguments, modules.
    """
    module = types.ModuleType(run_name)
    lent = {**vars(builtins), **names, LENT: True}
    beside = Beside(missing.source, transform, lent)
    lent |= _lent(missing)
    vars(module).update(__file__=str(missing.source.file), __builtins__=lent)
    vars(module)["__package__"] = beside.package
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet(missing))
        stack.enter_context(_patched(missing))
        stack.enter_context(beside.importable(module))
        yield vars(module)


@contextlib.contextmanager
def _quiet(missing: Missing) -> Iterator[None]:
    """Meanwhile: no output, no warnings, an empty stdin, one seed, the folder of the file."""
    folder, argv, stdin = os.getcwd(), sys.argv, sys.stdin
    try:
        with (
            muted(),
            contextlib.redirect_stderr(io.StringIO()),
            seeded(),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            os.chdir(missing.source.file.absolute().parent)
            sys.argv, sys.stdin = [str(missing.source.file), *missing.arguments], io.StringIO()
            yield
    finally:
        os.chdir(folder)
        sys.argv, sys.stdin = argv, stdin


@contextlib.contextmanager
def _patched(missing: Missing) -> Iterator[None]:
    """Meanwhile, functions of libraries that write do nothing, and those that fail make up."""
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
        patch(argparse.ArgumentParser, "error", _no_error)
        patch(argparse.ArgumentParser, "parse_known_args", _arguments(missing))
        patch(socket.socket, "connect", _no_network)
        opened = _reading(builtins.open)
        patch(builtins, "open", opened)
        patch(io, "open", opened)
        yield


def _has(module: object, name: str, function: object) -> bool:
    own = getattr(module, "__dict__", {}).get(name)
    return own is function or getattr(own, "__wrapped__", own) is function


def _lenient(function: Any, missing: Missing) -> Callable[..., Any]:
    """Return a function that makes up what it cannot read."""

    def read(*inputs: Any, **options: Any) -> Any:
        try:
            return function(*inputs, **options)
        except Exception as error:
            given = [*inputs, *options.values()]
            if not isinstance(error, (OSError, ImportError)) and not any(map(is_unknown, given)):
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
        try:
            return super().write(content.encode() if isinstance(content, str) else content)
        except TypeError:  # what is made up: the file is as if it were not there
            self.files = {}
            return 0

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
        if str(file) in files:
            content = files[str(file)]
            return io.BytesIO(content) if "b" in mode else io.StringIO(content.decode())
        return open_(file, mode, *inputs, **options)

    return opened


def _stream(missing: Missing, file: str, binary: bool) -> io.IOBase:
    content = missing.data.content(file, binary)
    return io.BytesIO(content) if binary else io.StringIO(content.decode("latin-1"))


def _no_network(*_: object) -> None:
    raise ConnectionError("no network")


def _no_error(*_: object) -> None:
    """Go on where an argument of the command line is missing."""


def _arguments(missing: Missing) -> Callable[..., Any]:
    """Return a `parse_known_args` that makes up what it needs."""

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


def _lent(missing: Missing) -> dict[str, object]:
    """Return the built-in functions that a file has instead of Python's."""

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
    """Return an `__import__` by which absent packages, and those that draw, are stood in for."""

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
            if level or missing.is_tried(caller.f_code.co_filename, caller.f_lineno):
                raise
        if top in SAME:
            return imported(name.replace(top, SAME[top], 1), names, local, wanted)
        missing.absent[top] = draws
        whole = name if wanted else top
        return Unknown(missing.data, whole, draws)

    return imported
