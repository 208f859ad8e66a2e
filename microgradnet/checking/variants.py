"""Run a file and report on that run: as it stands, with calls of costs beside, or smaller.

Beside a function are called the costs that take the same; smaller are the sizes of long code.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from itertools import permutations
from typing import Union

from microgradnet.checking.finding.steps import Enough
from microgradnet.checking.finding.vocabulary import is_loss
from microgradnet.checking.mending.file_code import FileCode
from microgradnet.checking.mending.proving import Again
from microgradnet.checking.reporting.report import WRONG, Options, Report, is_told
from microgradnet.checking.reporting.reporter import Reporter
from microgradnet.checking.scope import Definition, names_used, reached
from microgradnet.tape.feeding.running import FileRun
from microgradnet.tape.recording import Recording
from microgradnet.tape.sources import Source
from microgradnet.tape.trees import COMPREHENSIONS, called_name
from microgradnet.words import listed, say

MANY = 6000  # entries of a run above which it is tried with smaller sizes
DEFINING = (ast.ClassDef, ast.FunctionDef)

GATHERED = ContextVar[Union["list[Recording]", None]]("GATHERED", default=None)


@contextmanager
def gathered(found: list[Recording] | None = None) -> Iterator[list[Recording]]:
    """Collect, while the context is open, each recording whose rows are reported.

    found: the list to add to.
    """
    token = GATHERED.set(found := [] if found is None else found)
    try:
        yield found
    finally:
        GATHERED.reset(token)


def timed(
    record: Callable[[], Recording], again: Again, options: Options
) -> tuple[Report, Recording]:
    """Return the report of a recording, with the CPU seconds of the code and of the check."""
    began = time.process_time()
    recording = record()
    recording.tape.loss = options.loss
    ran = time.process_time()
    if (recordings := GATHERED.get()) is not None:
        recordings.append(recording)
    report = Reporter(recording, again, options).report()
    seconds = {"code": ran - began, "check": time.process_time() - ran}
    return replace(report, seconds=seconds), recording


def run_of(source: Source, options: Options) -> tuple[FileRun, Report, Recording]:
    """Return the run of a file, its report and its recording; of long code with smaller sizes."""
    run, began = FileRun(source, Enough()), time.process_time()
    first = run.record(limit=2 * MANY)
    ran, cut = time.process_time() - began, [n.of for n in first.tape.left if n.of]
    for kept in sizes_kept(source) if len(first.tape.entries) > MANY else ():
        less = smaller(source, [*cut, *kept])
        if less is not None and (found := _of_less(source, less, options)):
            return found
    first = run.record() if len(first.tape.entries) == 2 * MANY else first
    report, _ = timed(lambda: first, run.record, options)
    return run, replace(report, seconds={**report.seconds, "code": ran}), first


def _of_less(
    source: Source, less: Source, options: Options
) -> tuple[FileRun, Report, Recording] | None:
    """Return the run of a file with smaller sizes, if its rows are told without their lines."""
    run = FileRun(less, Enough())
    report, recording = timed(run.record, run.record, options)
    pairs = enumerate(zip(source.text.split("\n"), less.text.split("\n")), 1)
    other = {line for line, (old, new) in pairs if old != new}  # a row would show them
    is_shown = any(r.verdict == WRONG and r.line in other for r in report.rows)
    if is_told(report.rows) and not is_shown:
        return run, report, recording
    if (recordings := GATHERED.get()) is not None:
        recordings.remove(recording)
    return None


def besides(source: Source) -> Source | None:
    """Return a file that calls beside a function those that take the same.

    Such is the cost of which a training only uses the gradient: it is never called, or changes
    nothing and may be called once more. None if there are no such calls.
    """
    tree, lines = source.tree(), source.text.encode().split(b"\n")
    beside, added = _costs_of(tree), dict[str, None]()
    own = [n for n in ast.walk(tree) if isinstance(n, (ast.Assign, ast.AugAssign, ast.Expr))]
    for at in sorted(own, key=lambda n: (n.lineno, n.col_offset), reverse=True):
        for node in _called_once(at.value):
            owner, line = ast.unparse(node.func), at.lineno - 1
            name = owner.rpartition(".")[2]
            for f, other in beside.get(name, ()):
                taken = _taken(node, f, other)
                if taken is not None:
                    added[other.name] = None
                    more = f"{owner.removesuffix(name)}{other.name}({taken}); ".encode()
                    lines[line] = lines[line][: at.col_offset] + more + lines[line][at.col_offset :]
    text = b"\n".join(lines).decode()
    said = say("Called besides: {names}.", names=listed(added))
    if text == source.text:
        return None
    return replace(source, text=text, notes=(*source.notes, said), variant=(True, None))


def _costs_of(tree: ast.Module) -> dict[str, list[tuple[ast.FunctionDef, ast.FunctionDef]]]:
    """Return the pairs of a function that is used and one that takes the same, by its name.

    One that is named as a loss may take less: no rate.
    """
    used, pure = names_used(tree), FileCode({"": tree}).pure
    nodes = [*ast.walk(tree)]
    every = [n for n in nodes if isinstance(n, Definition)]
    found = dict[str, list[tuple[ast.FunctionDef, ast.FunctionDef]]]()
    for body in (n.body for n in nodes if isinstance(n, (ast.Module, *DEFINING))):
        group = [n for n in body if isinstance(n, ast.FunctionDef) and n.args.args]
        for f, g in permutations(group, 2):
            mine, others = _arguments(f), _arguments(g)
            is_less = is_loss(g.name) and len(others) > 1 and {*others} < {*mine}
            is_free = g.name not in used or g.name in pure
            is_pair = (mine == others and is_loss(f.name) <= is_loss(g.name)) or is_less
            if is_pair and is_free and f.name in used and f not in reached([g], every):
                found.setdefault(f.name, []).append((f, g))
    return found


def _arguments(f: ast.FunctionDef) -> list[str]:
    return [a.arg for a in f.args.args]


def _taken(call: ast.Call, f: ast.FunctionDef, other: ast.FunctionDef) -> str | None:
    """Return the arguments of a call of f for another function; None if they are not all there."""
    names = [x for x in _arguments(f) if x != "self"]
    given = {k.arg: k.value for k in call.keywords} | dict(zip(names, call.args))
    wanted = [x for x in _arguments(other) if x != "self"]
    optional = wanted[len(wanted) - len(other.args.defaults) :] if other.args.defaults else []
    if None in given or any(isinstance(x, ast.Starred) for x in call.args):
        return None
    if any(x not in given and x not in optional for x in wanted):
        return None
    return ", ".join(f"{x}={ast.unparse(given[x])}" for x in wanted if x in given)


def _called_once(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of an expression that are made once, with names of its statement."""
    if isinstance(node, ast.Call):
        yield node
    if not isinstance(node, (ast.Lambda, *COMPREHENSIONS)):
        for part in ast.iter_child_nodes(node):
            yield from _called_once(part)


FROM, DOWN_TO, LARGE_SIZE = 10, 6, 100  # sizes from 10 on are made smaller, down to 6
SEEDED = ("seed", "manual_seed", "default_rng", "RandomState", "Random", "PRNGKey", "key")


def smaller(source: Source, but: Collection[int] = ()) -> Source | None:
    """Return a file whose large sizes are smaller, with all else at its place; None without any.

    A size is a whole number that is not computed with where it is written. Different sizes stay
    different, and divisible by what divides them. but: numbers to keep.
    """
    nodes = list(ast.walk(source.tree()))
    widths = {n.upper for n in nodes if isinstance(n, ast.Slice)}  # i:i + 32
    kept = {x for node in nodes if node not in widths for _, x in _whole(_kept(node))}
    divisors = {x for node in nodes for _, x in _whole(_divisors(node))}
    taken, less = {x for _, x in _whole(nodes)}, {x: x for x in divisors}
    large = {n for n in taken if n >= FROM} - kept - {*but}
    for old in sorted(large, key=lambda n: (n not in divisors, n)):
        divide = [less[k] for k in divisors if 1 < k < old and old % k == 0]
        free = (m for m in range(DOWN_TO, old) if m not in taken and not any(m % k for k in divide))
        less[old] = next(free, old)
        taken.add(less[old])
    lines, made = source.text.encode().split(b"\n"), dict[int, int]()
    for n, old in _whole(nodes):
        new, end = less.get(old, old), n.end_col_offset or 0
        if new < old and type(n.value) is int:
            made[old], line = new, lines[n.lineno - 1]
            spaced = str(new).encode().ljust(end - n.col_offset)
            lines[n.lineno - 1] = line[: n.col_offset] + spaced + line[end:]
    several = listed(say("{new} in place of {old}", new=m, old=k) for k, m in sorted(made.items()))
    said = say("The code ran with {sizes}.", sizes=several)
    text = b"\n".join(lines).decode()
    notes, variant = (*source.notes, said), (bool(source.variant and source.variant[0]), (*but,))
    return replace(source, text=text, notes=notes, variant=variant) if made else None


def sizes_kept(source: Source) -> Iterator[set[int]]:
    """Yield the sizes to keep in one try after the other: for some the code may not run.

    They are none, all but numbers of rows (the steps of loops, and what these divide), the steps
    of loops, and all but large numbers.

    >>> text = "for i in range(0, 240, 24): use(x[i:i + 24].reshape(-1, 12))"
    >>> from pathlib import Path
    >>> source = Source(Path("a.py"), text)
    >>> for kept in sizes_kept(source):
    ...     print(getattr(smaller(source, kept), "notes", ""))
    ('The code ran with 7 in place of 12, 6 in place of 24, 18 in place of 240.',)
    ('The code ran with 6 in place of 24, 18 in place of 240.',)
    ('The code ran with 6 in place of 12, 48 in place of 240.',)
    ('The code ran with 48 in place of 240.',)
    """
    nodes = list(ast.walk(source.tree()))
    calls = [n for n in nodes if isinstance(n, ast.Call) and called_name(n) == "range"]
    steps = {x for n in calls for _, x in _whole(n.args[2:]) if x > 1}
    yield set()
    if steps:
        yield {x for _, x in _whole(nodes) if not any(x % step == 0 for step in steps)}
        yield steps
    yield {x for _, x in _whole(nodes) if x < LARGE_SIZE}


def _whole(nodes: Iterable[ast.AST | None]) -> Iterator[tuple[ast.Constant, int]]:
    """Yield the nodes that are whole numbers, 12 or 12.0, with their values."""
    for n in nodes:
        value = n.value if isinstance(n, ast.Constant) else None
        if type(value) is int or (type(value) is float and value.is_integer()):
            yield n, int(value)  # type: ignore[misc]


def _kept(node: ast.AST) -> Sequence[ast.AST | None]:
    """Return the parts of a node that are computed with, or are the numbers of a list."""
    if isinstance(node, ast.BinOp):
        return () if isinstance(node.left, ast.List) else (node.left, node.right)
    if isinstance(node, ast.Call) and called_name(node) in SEEDED:
        return node.args
    if isinstance(node, ast.Dict):
        return (*node.keys, *node.values)
    return node.elts if isinstance(node, (ast.List, ast.Set)) else ()


def _divisors(node: ast.AST) -> Sequence[ast.AST | None]:
    """Return the parts of a node by which a size is divided."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
        return (node.right,)
    if isinstance(node, ast.Slice):
        return (node.step,)
    return node.args[2:] if isinstance(node, ast.Call) and called_name(node) == "range" else ()
