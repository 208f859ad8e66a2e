"""What was computed automatically told apart from what was derived: rows that are not by hand."""

from __future__ import annotations

import linecache
import math
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from microgradnet.checking.automatic import Derived, derived_in
from microgradnet.checking.names import parts, plain
from microgradnet.checking.report import CANNOT_TELL, RIGHT, Report, Row
from microgradnet.words import say

__all__ = ["apart", "by_machine", "text_at"]

Source = Callable[[str], Derived | None]


def text_at(names: Mapping[str, object] | None = None) -> Source:
    """Return a function that reads what is derived in a file; names: those of the code, if known.

    >>> text_at()("nowhere.py").named
    {}
    """
    others = "\n".join(f"{k}={path}" for k, x in (names or {}).items() if (path := _path(x)))

    def read(file: str) -> Derived | None:
        return derived_in("".join(linecache.getlines(file)), Path(file).parent, others)

    return read


def _path(x: object) -> str:
    """The dotted name of a module, or of a function of one; "" for anything else."""
    if isinstance(x, types.ModuleType):
        return x.__name__
    module, name = getattr(x, "__module__", None), getattr(x, "__name__", None)
    known = isinstance(module, str) and callable(x) and name is not None
    return f"{module}.{name}" if known and module != "__main__" else ""


def apart(report: Report, source: Source) -> Report:
    """Return a report in which what calls what derives is not right: it cannot be told.

    source: what is derived in a file. A row that stands beside one by hand for the same derivative,
    to compare with, is left out.

    >>> row = Row("dW", "right", 1.0, 1.0, 0.0)
    >>> apart(Report((row,)), text_at()).rows == (row,)
    True
    """
    found = {row.name: (source(row.file), row) for row in report.rows if row.file and row.line}
    how = {k: at for k, (d, row) in found.items() if d and (at := d.at(row.line, k))}
    if not how:
        return report
    by_hand = [row for row in report.rows if row.name not in how and row.line]
    known = {_by(row) for row in by_hand}
    rows = []
    for row in report.rows:
        derived = found[row.name][0] if row.name in how else None
        beside = derived and (_by(row) in known or (by_hand and row.line in derived.helpers))
        if not beside:
            rows.append(_told(row, how[row.name]) if row.name in how else row)
    order = [row for row in rows if row.verdict not in (RIGHT, CANNOT_TELL)]
    order += [row for row in rows if row.verdict == CANNOT_TELL]
    return replace(report, rows=(*order, *(row for row in rows if row.verdict == RIGHT)))


def _told(row: Row, how: str) -> Row:
    if row.verdict not in (RIGHT, CANNOT_TELL):
        return row
    why = say("computed automatically, not derived: {how}", how=how)
    return replace(row, verdict=CANNOT_TELL, why=why)


def _by(row: Row) -> str:
    """By what a row is a derivative: as it is recognised, or as its name says."""
    if row.name.startswith("update "):
        return row.name
    named = [plain(b) for _, b in parts(row.name)]
    of = re.fullmatch(r"(?:.* times )?dL/d(\S+?)(, transposed)?", row.of)
    short = re.fullmatch(r"d_?(\w+)", row.name)
    return next(iter(named), plain(of.group(1) if of else short.group(1) if short else row.name))


def by_machine(derived: Derived | None, file: str) -> Report | None:
    r"""Return the report on code that cannot be run on Values, since all it derives is automatic.

    None where it derives nothing so, or some by hand.

    >>> report = by_machine(derived_in("import jax\ndW = jax.grad(f)(W)\n"), "net.py")
    >>> report.rows[0].why
    'computed automatically, not derived: jax.grad'
    """
    if derived is None or derived.by_hand or not derived.named:
        return None
    rows = []
    own = {line for line in derived.named if line not in derived.helpers}
    for line, name in derived.named.items():
        if own and line not in own:
            continue
        row = Row(name, CANNOT_TELL, math.nan, math.nan, 0.0, file=file, line=line)
        rows.append(_told(row, derived.at(line, name)))
    return Report(tuple({row.name: row for row in rows}.values()))
