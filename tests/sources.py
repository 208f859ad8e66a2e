"""Sources: of the package as trees; those that tests make, whose lines can be read as a file's."""

import ast
import functools
import itertools
import linecache
from pathlib import Path

import microgradnet

PACKAGE = Path(microgradnet.__file__).parent
SOURCES = Path(__file__).parent / "corpus" / "sources"

_numbers = itertools.count()


@functools.cache
def trees():
    """Return the syntax trees of the package by the names of their files."""
    files = sorted(PACKAGE.rglob("*.py"))
    return {p.relative_to(PACKAGE).as_posix(): ast.parse(p.read_text("utf-8")) for p in files}


def executed(source, names=None):
    """Run a source with names that there are; return them with what it defines."""
    names = {"__name__": "made"} if names is None else names
    file = f"<source {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    exec(compile(source, file, "exec"), names)
    return names


def text_of(name):
    """A file that is checked, or run, as text."""
    return (SOURCES / f"{name}.py").read_text(encoding="utf-8")
