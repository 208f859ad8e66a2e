"""Copy a file and its surroundings into a temporary folder for checked code to work in."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from microgradnet.tape.sources import parse

__all__ = ["MOST_BYTES", "Copy", "copied_with_all_beside"]

MOST_FILES, MOST_BYTES = 500, 64 * 2**20  # each for code and for data; 0.2 s to copy
LEVELS = 5  # folders that are recreated: a file may import from the four above its own
NO_DATA = (".py", ".pyc", ".ipynb")


@dataclass
class Copy:
    """A copy of a file and of everything it needs, in a temporary folder.

    folder: the whole; file: the copy of the file, in the folder to work in; base: the original
    folder that `tree` copies; paths: where the original finds modules beside it and above;
    left_out: names of data that were too large to copy; codes: the bytes of each other code file
    that was copied, by the path of the original.
    """

    folder: Path
    tree: Path
    base: Path
    file: Path
    paths: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    codes: dict[str, bytes] = field(default_factory=dict)

    def of(self, path: Path) -> Path:
        """Return the path of the copy of a file, whether it exists or not."""
        return self.tree / path.absolute().relative_to(self.base)

    def told_of_originals(self, message: bytes) -> bytes:
        """Return JSON with the paths of copies replaced by those of the originals."""
        copies, originals = (json.dumps(f"{path}{os.sep}")[1:-1] for path in (self.tree, self.base))
        if str(self.base).endswith(os.sep):
            originals = json.dumps(str(self.base))[1:-1]
        return message.replace(copies.encode(), originals.encode())


@contextlib.contextmanager
def copied_with_all_beside(file: Path, content: bytes, script: str) -> Iterator[Copy]:
    r"""Yield a copy of a file, and of the data and code beside it and below, in a temporary folder.

    content: the bytes of the file; script: its text as Python, whose imports from the folders above
    are copied, too. So `open("train.csv")`, `import helper` and `__file__` work as in the original
    folder, and any change affects only the copy. At most 500 files of code and 500 of data are
    copied, 64 MiB of each, the nearest first, then the smallest. Hidden files and links are
    skipped.

    >>> with copied_with_all_beside(Path("nowhere/net.py"), b"x = 1", "x = 1") as copy:
    ...     copy.file.name, copy.file.read_bytes(), copy.left_out
    ('net.py', b'x = 1', [])
    """
    with tempfile.TemporaryDirectory(prefix="checked_", ignore_cleanup_errors=True) as made:
        whole, folders = Path(made).resolve(), file.absolute().parents
        imports = _Imports(file, script)
        levels = min(max(LEVELS, imports.depth), len(folders) - 1)
        tree = whole.joinpath("tree", *["_"] * (LEVELS - levels))
        copy = Copy(whole, tree, folders[levels], whole, paths=imports.paths)
        copy.file = _make(copy.of(file), content)
        copy.file.chmod(0o444)
        _fill(copy, file.absolute(), imports)
        yield copy


class _Imports:
    """The imports of a file from the folders above its own.

    depth: how many of those folders belong to its package; above: the modules found there; paths:
    the folders where all modules are found.
    """

    def __init__(self, file: Path, script: str) -> None:
        self.depth, self.above = 0, list[Path]()
        self.paths = [file.absolute().parent]
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            tree = parse(script)
            name, root = package_of(file, tree)
            self.depth = name.count(".") + bool(name)
            self.above = found_above(file, tree)
            self.paths += [*(module.parent for module in self.above), root]


def _fill(copy: Copy, file: Path, imports: _Imports) -> None:
    """Copy the files up to the limits, and keep the names of data that were too large."""
    home = file.parent
    near = list(_files(home))
    package = [file.parents[imports.depth - 1]] * (imports.depth > 1)
    others = [path for place in (*package, *imports.above) for path in _files(place)]
    code = [p for p in dict.fromkeys([*near, *others]) if p.suffix == ".py" and p != file]
    data = [path for path in near if path.suffix not in NO_DATA]
    for path in _with_room(code)[0]:
        with contextlib.suppress(OSError):
            content = path.read_bytes()
            _make(copy.of(path), content).chmod(0o444)
            copy.codes[str(path)] = content
    there, too_large = _with_room(data)
    for path in there:
        with contextlib.suppress(OSError):
            shutil.copyfile(path, _make(copy.of(path), b""))
    copy.left_out = [path.relative_to(home).as_posix() for path in too_large]


def _make(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _with_room(paths: Iterable[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files that fit the limits, and the others; nearest first, then smallest."""
    sizes = dict[Path, int]()
    for path in [*paths][:MOST_FILES]:
        with contextlib.suppress(FileNotFoundError):  # deleted in the meantime, as in /tmp
            sizes[path] = path.stat().st_size
    there, too_large, left = list[Path](), list[Path](), MOST_BYTES
    for path in sorted(sizes, key=lambda path: (len(path.parts), sizes[path])):
        (there if sizes[path] <= left else too_large).append(path)
        left -= sizes[path] if sizes[path] <= left else 0
    return there, too_large


def _files(place: Path) -> Iterator[Path]:
    """Yield a file, or the files of a folder and its subfolders, up to a limit."""
    if place.is_file():
        yield place
    met = 0
    for folder, inside, names in os.walk(place):
        inside[:] = [name for name in inside if not _left_out(Path(folder, name))]
        paths = [Path(folder, name) for name in names]
        several = [path for path in paths if not _left_out(path) and path.is_file()]
        yield from several
        met += len(several)
        if met >= 2 * MOST_FILES:
            break


def _left_out(path: Path) -> bool:
    made_by_tools = path.name in ("__pycache__", "node_modules") or (path / "pyvenv.cfg").exists()
    return path.name.startswith(".") or made_by_tools or path.is_symlink()


def package_of(file: Path, tree: ast.Module) -> tuple[str, Path]:
    """Return the package that a file's relative imports start from, and the folder that holds it.

    >>> name, above = package_of(Path("lab/models/net.py"), ast.parse("from .layers import Dense"))
    >>> name, above.name
    ('models', 'lab')
    """
    folders = [file.absolute().parent, *file.absolute().parent.parents]
    depth = max((n.level for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)), default=0)
    depth = min(depth, len(folders) - 1)
    while depth and (folders[depth] / "__init__.py").exists():
        depth += 1
    return ".".join(folder.name for folder in folders[:depth][::-1]), folders[depth]


def found_above(file: Path, tree: ast.Module) -> list[Path]:
    """Return the files and folders above a file's own folder that it imports as modules.

    >>> found_above(Path("nowhere/net.py"), ast.parse("import nothing_like_it"))
    []
    """
    imports = [n for n in ast.walk(tree) if isinstance(n, (ast.Import, ast.ImportFrom))]
    names = {a.name for n in imports if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in imports if isinstance(n, ast.ImportFrom) and not n.level}
    first = sorted({name.partition(".")[0] for name in names} - {""})
    above = [p / n for p in file.absolute().parents[1:5] for n in first]
    files = {p: p.with_name(f"{p.name}.py") for p in above}
    return [*filter(Path.is_dir, above), *(f for f in files.values() if f.exists())]
