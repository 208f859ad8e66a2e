"""Data made up in the text of a file whose own are not here: the rest of it runs as it stands."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path

from microgradnet.checking.claims import claim, is_target
from microgradnet.checking.inventing import INPUTS, OUTPUTS, Layout, layouts
from microgradnet.checking.report import RIGHT, Report
from microgradnet.checking.shrinking import shorter
from microgradnet.tracing.noted import Trace
from microgradnet.tracing.opening import Absent
from microgradnet.tracing.parsing import bytes_of, parse
from microgradnet.tracing.running import run_script
from microgradnet.words import listed, say

__all__ = ["on_lent_data"]

INPUT = re.compile(
    r"x|x_?(train|test|data|val|batch)\w*|(train|test)(ing)?_?(x|images|inputs)", re.I
)
MAKES = re.compile(r"rand|normal|uniform|zeros|ones|empty")
SECONDS = 6.0  # of the processor: so long all ways to lie are tried


def on_lent_data(
    script: Path, names: Mapping[str, object], check: Callable[[str], Report]
) -> Iterator[Report]:
    """Yield the reports on a file with its data made up, for each way in which they may lie.

    names: those that the file has without its data; check: takes the path of a file.
    """
    tree = parse(bytes_of(script), str(script))
    lacking = [name for name in _data_of(tree) if isinstance(names.get(name, Absent("")), Absent)]
    end = time.process_time() + SECONDS
    for (inputs, outputs), lay in product(_sizes(tree), layouts()) if lacking else ():
        lay = replace(lay, outputs=outputs if lay.outputs > 1 else 1)
        made = {name: _made(name, lay, inputs) for name in lacking}
        with contextlib.suppress(Exception), _written(script, tree, made) as file:
            if _derives(file):
                report = check(file)
                rows = (replace(x, file=str(script)) if x.file == file else x for x in report.rows)
                shapes = listed(f"{name} {shape}" for name, (_, shape) in made.items())
                note = listed((report.note, say("Made up: {shapes}.", shapes=shapes)), " ")
                yield replace(report, rows=tuple(rows), note=note)
                if 2 * sum(row.verdict == RIGHT for row in report.rows) > len(report.rows):
                    return  # as it lies otherwise, hardly anything is right
        if time.process_time() > end:
            return


def _derives(file: str) -> bool:
    """Whether a file comes as far as to derive: one run tells, and most data do not fit."""
    trace = run_script(file, Trace(sizes=shorter(file)))
    return any(claim(event.name, ()) or trace.is_update(event) for event in trace.events)


def _data_of(tree: ast.Module) -> list[str]:
    """The names of data that are assigned at the top of a file."""
    names = dict.fromkeys(name for node in tree.body for name in _given(node))
    return [name for name in names if is_target(name) or INPUT.fullmatch(name)]


def _given(node: ast.stmt) -> list[str]:
    """The names that an assignment gives something."""
    stored = [n for target in getattr(node, "targets", ()) for n in ast.walk(target)]
    return [n.id for n in stored if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


def _sizes(tree: ast.Module) -> list[tuple[int, int]]:
    """How many inputs and outputs the net of a file may have, the likeliest first.

    What it makes has such lengths, and those of what is hidden stand there twice.
    """
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    made = [n for n in calls if MAKES.search(ast.unparse(n.func))]
    lists = [n for n in ast.walk(tree) if isinstance(n, ast.List) and len(n.elts) > 2]
    numbers = (n.value for x in (*made, *lists) for n in ast.walk(x) if isinstance(n, ast.Constant))
    often = Counter(n for n in numbers if type(n) is int and n > 1)
    inputs = [*sorted(often, key=lambda n: (often[n] > 1, -n))[:3], INPUTS]
    outputs = [*sorted(often, key=lambda n: (often[n] > 1, n))[:3], OUTPUTS]
    ranks = sorted(product(range(len(inputs)), range(len(outputs))), key=sum)
    pairs = dict.fromkeys((inputs[i], outputs[k]) for i, k in ranks)
    return sorted(pairs, key=lambda pair: pair[0] == pair[1])


def _made(name: str, lay: Layout, inputs: int) -> tuple[str, tuple[int, ...]]:
    """What makes data of a name, as text, and its shape; sizes stand in it as in the file."""
    if not is_target(name):
        shape = lay.rows(lay.samples, inputs)
        return f"__import__('numpy').random.default_rng(1).normal(size={shape})", shape
    labels = f"(-__import__('numpy').arange(1, {lay.samples + 1}) % {max(lay.outputs, 2)})"
    if lay.target != "matrix":
        return labels if lay.target == "labels" else f"{labels} * 1.0", (lay.samples,)
    rows = f"__import__('numpy').eye({lay.outputs})[{labels}]"
    rows = rows if lay.outputs > 1 else f"{labels}[:, None] * 1.0"
    return f"({rows}).T" if lay.columns else rows, lay.rows(lay.samples, lay.outputs)


@contextlib.contextmanager
def _written(
    script: Path, tree: ast.Module, made: Mapping[str, tuple[str, tuple[int, ...]]]
) -> Iterator[str]:
    """The path of a copy of a file in which the data are made, its lines where they were."""
    lines = bytes_of(script).decode(errors="replace").splitlines()
    left = dict(made)
    for node in tree.body:
        given = _given(node)
        if given and not made.keys().isdisjoint(given):
            pairs = [f"{name} = {left.pop(name)[0]}" for name in given if name in left]
            end = node.end_lineno or node.lineno
            lines[node.lineno - 1 : end] = ["; ".join(pairs) or "pass"] + [""] * (end - node.lineno)
    handle, file = tempfile.mkstemp(".py", f"{script.stem}_", text=True)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
        yield file
    finally:
        os.unlink(file)
