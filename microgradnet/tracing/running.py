"""A function, or a file, run on Values, and what that notes."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from microgradnet.tracing.noted import Trace, on_values
from microgradnet.tracing.opening import execute, package_of
from microgradnet.tracing.parsing import bytes_of, parse, with_sizes
from microgradnet.tracing.replacing import Code, with_right
from microgradnet.tracing.rewriting import Statement, rewritten
from microgradnet.tracing.splicing import spliced
from microgradnet.words import say

__all__ = ["run", "run_script"]


MADE_OUTSIDE = (
    "an array of plain numbers, made outside of what is checked, is changed in place: hand "
    "over as an argument the object or array it belongs to"
)


def run(
    function: Callable[..., object],
    inputs: Sequence[object],
    trace: Trace | None = None,
    seed: int = 0,
    options: Mapping[str, object] | None = None,
) -> Trace:
    """Run a function on inputs that hold Values, and return what it noted.

    function: with what a person wrote that it calls; inputs, options: what it is given, of which
    objects are given the class rewritten: copies, then; seed: of what it draws. Code that trains
    in a loop is left after a step. What has no source is run as it is, and notes nothing.

    >>> from microgradnet import Value
    >>> def f(w, x):
    ...     z = w * x
    ...     return z + 1
    >>> trace = run(f, [Value(2.0), Value(3.0)])
    >>> [(event.name, event.numbers.item()) for event in trace.events]
    [('z', 6.0), ('return z + 1', 7.0)]
    """
    trace = trace or Trace()
    code = Code(trace, seed)
    call = code.of(function)
    trace.home = getattr(call, "__globals__", {})
    for x in inputs:
        code.adopt(x)
    try:
        with on_values(trace):
            trace.returned = call(*inputs, **(options or {}))
    except TypeError as error:
        if "Cannot cast ufunc" not in str(error):
            raise
        raise TypeError(say(MADE_OUTSIDE)) from error
    return trace


def run_script(file: str, trace: Trace | None = None, seed: int = 0) -> Trace:
    """Run a file as a program, as `run` does a function; its arrays are what it is given.

    Raises FileNotFoundError, SyntaxError, and what the program raises.
    """
    trace = trace or Trace()
    trace.script = True
    code = Code(trace, seed)
    key = bytes_of(file), file, tuple(trace.sizes.items())
    tree, statements, package = _script(*key)
    if trace.edited:
        tree, statements = spliced(tree, statements, trace.edited)
    trace.statements.update(statements)
    home = code.stand_in({"__name__": "__main__", "__file__": file, "__package__": package})
    trace.home = home
    with on_values(trace):
        execute(with_right(tree, file, home), file, home)
    return trace


@functools.lru_cache(maxsize=8)  # it is run some 50 times as it is, and with 300 edits
def _script(
    text: bytes, file: str, sizes: tuple[tuple[int, int], ...]
) -> tuple[ast.Module, dict[int, Statement], str]:
    """The tree of a file that tells the trace each assignment, its statements, its package."""
    statements: dict[int, Statement] = {}
    written = with_sizes(parse(text, file), dict(sizes))
    package, _ = package_of(Path(file), written)
    return rewritten(written, file, statements), statements, package
