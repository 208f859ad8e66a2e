"""Modules beside a person's file: imported for real, compiled as the file is, forgotten after."""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import CodeType, ModuleType

from microgradnet.tape.sources import Source, UnreadableError, read

__all__ = ["Beside"]

Path_ = Sequence[str] | None


class _Loader(importlib.abc.Loader):
    """Compiles a module of a person with `transform`, and lends it built-in functions."""

    def __init__(
        self, file: str, transform: Callable[[str, str], CodeType], lent: Mapping[str, object]
    ) -> None:
        self.file, self.transform, self.lent = file, transform, lent

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        try:
            source = read(self.file)
        except UnreadableError as error:
            raise ImportError(str(error)) from error
        vars(module)["__builtins__"] = self.lent
        exec(self.transform(source.text, self.file), vars(module))


class Beside(importlib.abc.MetaPathFinder):
    """Finds the modules in the folder of a file, and in the folders above it that it needs.

    package: the name that relative imports of the file start from.
    """

    def __init__(
        self, source: Source, transform: Callable[[str, str], CodeType], lent: Mapping[str, object]
    ) -> None:
        folder = source.file.absolute().parent
        imports = [n for n in ast.walk(source.tree()) if isinstance(n, ast.ImportFrom)]
        depth = max((n.level for n in imports), default=0)
        while (folder.parents[depth - 1] if depth else folder).joinpath("__init__.py").exists():
            depth += 1
        above = [folder, *folder.parents][: depth + 3]
        self.package = ".".join(p.name for p in above[: max(depth, 1)][::-1]) if depth else ""
        self.above = str(above[-1])
        self.folders = [str(p) for p in (folder, above[depth], *above[1:])]
        self.transform, self.lent, self.before = transform, lent, [*sys.path]

    def find_spec(
        self, name: str, path: Path_ = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the place of a module that lies beside the file."""
        package = name.partition(".")[0]
        if package in sys.stdlib_module_names or package in ("numpy", "scipy"):
            return None
        if path is not None and not all(Path(p).is_relative_to(self.above) for p in path):
            return None
        added = [p for p in sys.path if p not in self.before]  # by the file itself
        spec = PathFinder.find_spec(name, [*self.folders, *added] if path is None else path)
        if spec is None or (spec.origin and not spec.origin.endswith(".py")):
            return None
        if spec.origin:
            spec.loader = _Loader(spec.origin, self.transform, self.lent)
            return spec
        folders = list(spec.submodule_search_locations or ())
        return spec if path or any([*Path(p).glob("*.py")] for p in folders) else None

    @contextlib.contextmanager
    def importable(self, module: ModuleType) -> Iterator[None]:
        """Meanwhile, modules are found beside the file; afterwards they are forgotten.

        module: the one that the file is run as.
        """
        before = dict(sys.modules)
        for name in [n for n in before if "." not in n and self._hides(n)]:
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
        """Return whether a module that is imported already lies beside the file by that name."""
        folder = Path(self.folders[0])
        there = (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()
        return there and self.find_spec(name) is not None

    def _is_own(self, module: ModuleType) -> bool:
        spec = getattr(module, "__spec__", None)
        where = list(getattr(spec, "submodule_search_locations", None) or ())
        loader = getattr(spec, "loader", None)
        beside = any(str(p).startswith(self.above) for p in where)
        return isinstance(loader, _Loader) or (beside and getattr(spec, "origin", None) is None)
