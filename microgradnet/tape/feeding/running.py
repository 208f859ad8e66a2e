"""Run a file, alone or with the recorder in it, and call functions that it never calls.

The modules beside the file are actually imported, compiled in the same way as the file, and
removed from `sys.modules` afterwards.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib.abc
import io
import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from microgradnet.tape.entry import Place
from microgradnet.tape.feeding.attempts import Caller
from microgradnet.tape.feeding.feeder import Fed, Unfed, feed
from microgradnet.tape.feeding.missing import LENT, Missing, lent, patched
from microgradnet.tape.limits import CLOCK, NAMES, ending_loops, muted, seeded
from microgradnet.tape.recorder import Recorder, Watch
from microgradnet.tape.recording import LIMIT, Recording, given, keep_returned
from microgradnet.tape.rewriting import RECORDER, Sites, rewritten
from microgradnet.tape.sources import Source, UnreadableError, parse, read, statements
from microgradnet.tape.tape import Stop
from microgradnet.tape.trials import Trials

Transform = Callable[[str, str], CodeType]
TRIES, SECONDS = 40, 5.0  # the most runs of a file while its data are corrected, and seconds
LOOP_SECONDS = 1.0  # loops without records end after this time
# Makes calls of a file's functions: takes its names, and the function that makes each call.
More = Callable[[Mapping[str, Any], Caller], object]
RUN_NAME = "checked"  # not __main__: code under `if __name__ == "__main__"` is not run


@dataclass
class Ran:
    """The outcome of running a file; more of it can be run inside `provided(missing)`.

    namespace: its names. notes: sentences about made-up values. errors: those of the statements
    that were left out.
    """

    namespace: dict[str, Any]
    missing: Missing
    notes: list[str] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)


def execute(
    source: Source,
    transform: Transform = ending_loops,
    names: Mapping[str, object] = NAMES,
    begin: Callable[[], object] = lambda: None,
    run_name: str = "__main__",
    seconds: float = LOOP_SECONDS,
) -> Ran:
    """Run a file until nothing more can be made up for it; return the outcome of the last run.

    A top-level statement that still fails is left out. transform: compiles a text of the file or of
    a module beside it; names: the names that the compiled code needs; begin: called before each
    run; seconds: loops end after this time. Raises KeyboardInterrupt.
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
            CLOCK.start(math.inf)
        if errors is not None:
            break
    return Ran(namespace, missing, [*source.notes, *missing.notes()], errors or [])


def _run(
    source: Source, transform: Transform, namespace: dict[str, Any], missing: Missing, last: bool
) -> list[Exception] | None:
    """Run each statement; return the errors, or None if something new was made up."""
    errors: list[Exception] = []
    namespace |= source.names()
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


def run_file(file: str | os.PathLike[str]) -> Mapping[str, Any]:
    """Run a file without its output and return its names.

    Raises the exceptions of `read`, and the first error of the code, unless a package or file is
    missing.
    """
    ran = execute(read(file), run_name=RUN_NAME, seconds=math.inf)
    for error in ran.errors[:1]:
        if not isinstance(error, (ImportError, OSError)):
            raise error
    return ran.namespace


@contextlib.contextmanager
def provided(
    missing: Missing,
    transform: Transform = ending_loops,
    names: Mapping[str, object] = NAMES,
    run_name: str = "__main__",
) -> Iterator[dict[str, Any]]:
    """Yield the namespace to run a file in; inside the block, nothing is shown, written or asked.

    On exit, the streams, folder, seeds, arguments and modules are restored in any case.
    """
    module = ModuleType(run_name)
    functions = {**vars(builtins), **names, LENT: True, **lent(missing)}
    beside = Beside(missing.source, transform, functions)
    vars(module).update(__file__=str(missing.source.file), __builtins__=functions)
    vars(module)["__package__"] = beside.package
    with contextlib.ExitStack() as stack:
        stack.enter_context(_quiet(missing))
        stack.enter_context(patched(missing))
        stack.enter_context(beside.importable(module))
        yield vars(module)


@contextlib.contextmanager
def _quiet(missing: Missing) -> Iterator[None]:
    """Run code without output or warnings, with an empty stdin, one seed, in the file's folder."""
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


# -- files with the recorder in them


class FileRun:
    """Runs of one file. watch: see Recorder."""

    def __init__(self, source: Source, watch: Watch | None = None) -> None:
        self.source, self.watch = source, watch
        self.ran: Ran | None = None
        self.unfed: list[Unfed] = []
        self.known = dict[str, Fed | Unfed]()  # of the last run, by name

    def record(
        self, sites: Sites | None = None, trials: Trials | None = None, limit: int = LIMIT
    ) -> Recording:
        """Run the file and return its recording."""
        run = _Run(self, sites, trials, limit)
        try:
            self.ran, self.known = execute(self.source, run.transform, run.names, run.begin), {}
            run.recording.names = self.ran.namespace
            run.recording.notes = list(self.ran.notes)
            if self.ran.errors:
                run.recording.error = self.ran.errors[0]
        except Stop:
            run.recording.has_stopped = True
        run.recorder.is_off = True
        return run.recording

    def feds(
        self, is_late: Callable[[], bool], without: Collection[str] = (), wanted: str = ""
    ) -> Iterator[Fed]:
        """Yield calls, with made-up arguments, of functions that the file never calls.

        is_late: whether no further one is searched. without: the names of those that need no calls.
        wanted: a function or a class; "" for all. Those that cannot be called are kept in `unfed`.
        """
        if self.ran is None:
            return
        names, text, self.unfed = self.ran.namespace, self.source.text, []
        several = feed(names, text, ran=without, known=self.known, wanted=wanted, is_late=is_late)
        while True:
            with provided(self.ran.missing):
                found = next(several, None)
            if found is None:
                return
            if isinstance(found, Fed):
                yield found
            else:
                self.unfed.append(found)

    def record_more(
        self,
        more: More,
        said: str,
        sites: Sites | None = None,
        trials: Trials | None = None,
        limit: int = LIMIT,
    ) -> Recording:
        """Return the recording of calls that the file does not make; said: a note on them."""
        run = _Run(self, sites, trials, limit)
        try:
            ran = execute(self.source, run.transform, run.names, run.begin)
        except Stop:
            run.recording.has_stopped = run.recorder.is_off = True
            return run.recording
        recorder, recording = run.recorder, run.recording
        known = dict[int, tuple[object, Any]]()  # results and arguments, which have entries

        def own(x: object) -> Any:
            if id(x) not in known:
                known[id(x)] = x, given(recording, recorder, x)
            return known[id(x)][1]

        def call(f: Any, /, *args: Any, **kw: Any) -> Any:
            out = f(*map(own, args), **{k: own(x) for k, x in kw.items()})
            known.update({id(x): (x, x) for x in (out if type(out) is tuple else (out,))})
            keep_returned(recording, recorder, out)
            return out

        try:
            with provided(ran.missing, run.transform, run.names):
                more(ran.namespace, call)
        except Stop:
            recording.has_stopped = True
        except Exception as error:
            recording.error = error
        recorder.is_off = True
        recording.notes = [*ran.notes, *[said] * bool(said)]
        return recording


class _Run:
    """The recorder of one run, created again each time the file is restarted."""

    def __init__(
        self, run: FileRun, sites: Sites | None, trials: Trials | None, limit: int
    ) -> None:
        self.of, self.sites, self.trials, self.limit = run, sites, trials, limit
        self.names: dict[str, object] = {}
        self.begin()

    def begin(self) -> None:
        """Start with an empty tape."""
        self.places: list[Place] = []
        edits = None if self.trials is None else self.trials.afresh()
        self.recorder = Recorder(self.places, self.limit, self.of.watch, edits)
        self.names[RECORDER] = self.recorder
        source, file = self.of.source, str(self.of.source.file)
        variant = source.variant and (file, *source.variant)
        self.recording = Recording({file: source.tree()}, self.recorder.tape, {}, variant=variant)

    def transform(self, text: str, file: str) -> CodeType:
        """Return the code of a part of the file or of a module beside it, with hooks."""
        self.recorder.files.add(file)
        if file not in self.recording.trees:
            self.recording.trees[file] = parse(text)
        return rewritten(text, file, self.places, self.sites)


# -- modules beside a file


class _Loader(importlib.abc.Loader):
    """Compiles a person's module with `transform` and gives it the replaced built-in functions."""

    def __init__(
        self, file: str, transform: Callable[[str, str], CodeType], lent: Mapping[str, object]
    ) -> None:
        self.file, self.transform, self.lent = file, transform, lent

    def exec_module(self, module: ModuleType) -> None:
        try:
            source = read(self.file)
        except UnreadableError as error:
            raise ImportError(str(error)) from error
        vars(module)["__builtins__"] = self.lent
        exec(self.transform(source.text, self.file), vars(module))


def _is_below(root: Path, node: ast.ImportFrom, folder: Path) -> bool:
    """Whether an import names a module of a package below a folder that another one is in, too."""
    top, *rest = str(node.module).split(".")
    if node.level or not rest or root / top not in (folder, *folder.parents):
        return False
    path = root.joinpath(top, *rest)
    return path.is_dir() or path.with_suffix(".py").exists()


@lru_cache(maxsize=4)  # calls of a file's functions ask again and again
def _imports(source: Source) -> list[ast.ImportFrom]:
    return [n for n in ast.walk(source.tree()) if isinstance(n, ast.ImportFrom)]


class Beside(importlib.abc.MetaPathFinder):
    """Finds modules in the folder of a file, and in the folders above it that its imports need.

    package: the name that the file's relative imports start from.
    """

    def __init__(
        self, source: Source, transform: Callable[[str, str], CodeType], lent: Mapping[str, object]
    ) -> None:
        folder = source.file.absolute().parent
        imports = _imports(source)
        depth = max((n.level for n in imports), default=0)
        roots = [p for p in folder.parents for n in imports if n.module and _is_below(p, n, folder)]
        while (folder.parents[depth - 1] if depth else folder).joinpath("__init__.py").exists():
            depth += 1
        above = [folder, *folder.parents][: depth + 3]
        self.package = ".".join(p.name for p in above[: max(depth, 1)][::-1]) if depth else ""
        self.above = str(min([*roots, above[-1]], key=lambda p: len(p.parts)))
        self.folders = [str(p) for p in (folder, above[depth], *above[1:])]
        self.root = [str(p) for p in roots[:1]]  # a folder without __init__.py is found last
        self.transform, self.lent, self.before = transform, lent, [*sys.path]

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module that lies beside the file; None for any other module."""
        top = name.partition(".")[0]
        if top in {*sys.stdlib_module_names, "numpy", "scipy", __name__.partition(".")[0]}:
            return None
        if path is not None and not self._is_own(sys.modules[top]):
            return None
        added = [p for p in sys.path if p not in self.before]  # added by the file itself
        spec = PathFinder.find_spec(name, self.root) if path is None and self.root else None
        spec = spec or PathFinder.find_spec(name, [*self.folders, *added] if path is None else path)
        if spec is None or (spec.origin and not spec.origin.endswith(".py")):
            return None
        if spec.origin:
            spec.loader = _Loader(spec.origin, self.transform, self.lent)
            return spec
        folders = list(spec.submodule_search_locations or ())
        return spec if path or any([*Path(p).glob("*.py")] for p in folders) else None

    @contextlib.contextmanager
    def importable(self, module: ModuleType) -> Iterator[None]:
        """Let modules beside the file be found, and forget them afterwards.

        module: the module that the file runs as.
        """
        before, beside = dict(sys.modules), os.listdir(self.folders[0])
        tops = {n.removesuffix(".py") for n in (*beside, self.package.partition(".")[0])}
        for name in [n for n in tops & {*before} if "." not in n and self._hides(n)]:
            for own in [n for n in before if n == name or n.startswith(f"{name}.")]:
                del sys.modules[own]
        sys.modules[module.__name__] = module
        sys.meta_path.insert(0, self)
        try:
            yield
        finally:
            sys.meta_path.remove(self)
            for name in [n for n, m in sys.modules.items() if self._is_own(m)]:
                del sys.modules[name]
            sys.modules.pop(module.__name__, None)
            sys.modules.update(before)
            sys.path[:] = self.before

    def _hides(self, name: str) -> bool:
        """Whether a module beside the file has the name of one that is already imported."""
        if name == self.package.partition(".")[0]:
            return True
        files = (Path(self.folders[0], file) for file in (f"{name}.py", f"{name}/__init__.py"))
        return any(file.exists() for file in files) and self.find_spec(name) is not None

    def _is_own(self, module: ModuleType) -> bool:
        spec = getattr(module, "__spec__", None)
        where = list(getattr(spec, "submodule_search_locations", None) or ())
        loader = getattr(spec, "loader", None)
        beside = any(str(p).startswith(self.above) for p in where)
        return isinstance(loader, _Loader) or (beside and getattr(spec, "origin", None) is None)
