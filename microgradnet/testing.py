"""Helpers for users' tests: assertions, and Hypothesis strategies of graphs and networks.

The strategies need the extra `testing`; the assertions do not.
"""

from __future__ import annotations

import ast
import functools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from microgradnet.autograd.value import Value
from microgradnet.checking.entry_points import check
from microgradnet.checking.finding.upstream import Formula
from microgradnet.checking.passes.backward import check_backward
from microgradnet.checking.reporting.report import PASSED, RIGHT, Report, Row
from microgradnet.grading.folder import of_file
from microgradnet.grading.marking import asked, mark
from microgradnet.grading.process import check_file
from microgradnet.nn.layers import MLP
from microgradnet.operations.operation import OPS, Op
from microgradnet.operations.ops import sin
from microgradnet.tape.sources import read
from microgradnet.words import say
from microgradnet.words.terminal import hint

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = [
    "assert_backward",
    "assert_derivation",
    "assert_right",
    "derivations",
    "graphs",
    "networks",
]


def assert_derivation(
    by_hand: Callable[..., Mapping[str, object]],
    *example: object,
    loss: str | Formula | None = "mse",
    require: str | Sequence[str] = (),
    points: Mapping[str, float] | str | os.PathLike[str] | None = None,
    hide_answers: bool = False,
) -> None:
    """Assert that a derivation written as a function is right; arguments as for `mg.check`.

    require: required names, separated by commas; points: points for each name, or a file of them,
    as for `microgradnet check --points`; hide_answers: whether the error says only what is wrong
    and where, but not why.

    Raises AssertionError, with the report and any points, where a derivative is wrong, missing or
    undecided; ValueError for invalid points.

    >>> def by_hand(w, x):
    ...     L = (w * x) ** 2
    ...     d_L_d_w = 2 * w * x * x
    ...     return locals()
    >>> assert_derivation(by_hand, require="d_L_d_w")
    """
    what = asked(require, points, hide_answers)
    report = check(by_hand, *example, loss=loss)
    marks = mark(getattr(by_hand, "__name__", ""), report, what)
    if not marks:
        wrong = ", ".join(item.name for item in marks.items if item.verdict != RIGHT)
        shown = [] if hide_answers else [str(report)]
        shown += [of_file(marks)] * bool(what.points or hide_answers)
        raise AssertionError("\n".join([f"not right: {wrong}", *shown]))


def assert_backward(forward: Any, backward: Any, *example: Any) -> Report:
    """Assert that the backward pass of a layer is right; arguments as for `mg.check_backward`.

    Returns the report. Raises AssertionError, with the report, unless each gradient is right.

    >>> def double(x):
    ...     return 2 * x, None
    >>> def double_backward(dout, cache):
    ...     return 2 * dout
    >>> bool(assert_backward(double, double_backward, 3.0))
    True
    """
    __tracebackhide__ = True
    report = check_backward(forward, backward, *example)
    assert_right(report)
    return report


def assert_right(report: Report) -> None:
    """Assert that a report is right: raise AssertionError with it unless all of its rows are.

    >>> assert_right(Report((Row("dW", "right", 1.0, 1.0, 0.0),)))
    """
    __tracebackhide__ = True
    if not report:
        wrong = ", ".join(row.name for row in report.rows if row.verdict not in PASSED)
        raise AssertionError(f"not right: {wrong}\n{report}" if wrong else str(report))


def derivations(file: str | os.PathLike[str]) -> dict[str, Report]:
    """Check a file as `microgradnet check` does, and return a report for each derivation in it.

    The reports are by the name of the function or method that has the lines, in their order;
    `<module>` for lines outside of functions. Several have no note and no point, which belong to
    the whole file. Raises the errors of `mg.check_file`.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.py")
    >>> _ = file.write_text("def f(w, x): L = w * x; d_L_d_w = x; return locals()")
    >>> {name: bool(report) for name, report in derivations(file).items()}
    {'f': True}
    """
    whole, scope_of = check_file(file), functools.cache(_scopes)
    rows: dict[str, list[Row]] = {}
    for row in whole.rows:
        other = os.path.realpath(row.file) != os.path.realpath(file) if row.file else False
        scopes = scope_of(row.file or os.fspath(file))
        inside = [name for lines, name in scopes if row.line in lines]
        name = inside[-1] if inside else "<module>"
        rows.setdefault(f"{Path(row.file).name}:{name}" if other else name, []).append(row)
    whole = whole if len(rows) == 1 else replace(whole, note="", point={})
    by_line = sorted(rows.items(), key=lambda pair: min(row.line for row in pair[1]))
    return {name: replace(whole, rows=tuple(own)) for name, own in by_line}


def _scopes(file: str) -> list[tuple[range, str]]:
    """Return the lines and the qualified name of each function of a file, outer ones first."""
    found: list[tuple[range, str]] = []

    def look(node: ast.AST, outer: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = outer
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                name = f"{outer}.{child.name}".removeprefix(".")
                lines = range(child.lineno, (child.end_lineno or child.lineno) + 1)
                found.append((lines, name))
            look(child, name)

    look(read(file).tree(), "")
    return found


def graphs(operations: Sequence[str] = (), max_nodes: int = 12) -> SearchStrategy[Value]:
    """Return a strategy of recorded graphs: results of operations on one to four leaves.

    operations: names of rows of the table, all of them by default; max_nodes: the largest number of
    operations. Leaves are labelled x0, x1, ...; numbers are of size 1 to 10 and well within the
    domain of each operation. Raises ImportError, with the command that installs it, where
    Hypothesis is absent.

    >>> from hypothesis import given
    >>> @given(graphs(["add", "mul", "tanh"]))
    ... def test_twice_is_double(result):
    ...     (result + result).backward()
    >>> test_twice_is_double()
    """
    st = _strategies("graphs")
    names = list(operations) or [name for name, op in OPS.items() if not op.own]
    numbers = st.floats(-2.0, 2.0, allow_subnormal=False)

    def drawn(draw: DrawFn) -> Value:
        leaves = draw(st.lists(numbers, min_size=1, max_size=4))
        nodes = [Value(x, f"x{i}") for i, x in enumerate(leaves)]
        for _ in range(draw(st.integers(1, max_nodes))):
            nodes.append(_node(draw, st, OPS[draw(st.sampled_from(names))], nodes, numbers))
        return nodes[-1]

    strategy: SearchStrategy[Value] = st.composite(drawn)()
    return strategy


def _node(
    draw: DrawFn, st: ModuleType, op: Op, nodes: Sequence[Value], numbers: SearchStrategy[float]
) -> Value:
    """Draw an operation on some of the nodes, and sometimes on a number."""
    operands: list[Value | float] = [draw(st.sampled_from(nodes)) for _ in range(op.arity)]
    constant = draw(st.integers(0, 2 * op.arity)) if op.arity > 1 else op.arity
    if constant < op.arity:
        operands[constant] = draw(numbers)
    inside = [0.5 + x * x if low > -math.inf else x for x, (low, _) in zip(operands, op.domain)]
    node = Value.apply(op, tuple(inside))
    return node if abs(node.data) < 10.0 else sin(node)


def networks(max_inputs: int = 4, max_width: int = 4, max_layers: int = 3) -> SearchStrategy[MLP]:
    """Return a strategy of `MLP`s of up to these sizes, with usual activations and any seed.

    Raises ImportError, with the command that installs it, where Hypothesis is absent.

    >>> from hypothesis import given
    >>> @given(networks(max_layers=2))
    ... def test_names_are_unique(net):
    ...     names = [name for name, _ in net.named_parameters()]
    ...     assert len(set(names)) == len(names)
    >>> test_names_are_unique()
    """
    st = _strategies("networks")
    activations = st.sampled_from(["sigmoid", "tanh", "relu", "softplus", "linear"])
    nets: SearchStrategy[MLP] = st.builds(
        MLP,
        st.integers(1, max_inputs),
        st.lists(st.integers(1, max_width), min_size=1, max_size=max_layers),
        activation=activations,
        output=activations,
        seed=st.integers(0, 2**32 - 1),
    )
    return nets


def _strategies(asker: str) -> ModuleType:
    try:
        from hypothesis import strategies
    except ImportError:
        says = say(
            "mg.testing.{name} needs Hypothesis; install it with {command}",
            name=asker,
            command=hint("testing"),
        )
        raise ImportError(says) from None
    return strategies
