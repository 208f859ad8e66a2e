"""Helpers for users' tests: an assertion, and Hypothesis strategies of graphs and networks.

The strategies need the extra `testing`; the assertion does not.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from microgradnet.autograd.value import Value
from microgradnet.checking.entry_points import check
from microgradnet.checking.report import RIGHT
from microgradnet.checking.upstream import Formula
from microgradnet.grading.folder import of_file
from microgradnet.grading.marking import asked, mark
from microgradnet.nn.layers import MLP
from microgradnet.operations.operation import OPS, Op
from microgradnet.operations.ops import sin
from microgradnet.words import say
from microgradnet.words.terminal import hint

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["assert_derivation", "graphs", "networks"]


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
