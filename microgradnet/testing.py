"""For people's own tests: Hypothesis strategies of graphs and networks, and an assertion."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence

from hypothesis import strategies as st

from microgradnet.autograd.value import Value
from microgradnet.checking.entry_points import check
from microgradnet.checking.report import RIGHT
from microgradnet.checking.upstream import Formula
from microgradnet.grading.asking import asked
from microgradnet.grading.marking import mark
from microgradnet.grading.tables import of_file
from microgradnet.nn.layers import MLP
from microgradnet.operations.operation import OPS
from microgradnet.operations.ops import sin

__all__ = ["assert_derivation", "graphs", "networks"]


def assert_derivation(
    by_hand: Callable[..., Mapping[str, object]],
    *example: object,
    loss: str | Formula | None = "mse",
    require: str | Sequence[str] = (),
    points: Mapping[str, float] | str | os.PathLike[str] | None = None,
    hide_answers: bool = False,
) -> None:
    """Assert that a derivation written as a function is right; arguments as those of `mg.check`.

    require: names, with commas between, that have to be there; points: points for each name, or
    a file of them, as those of `microgradnet check --points`; hide_answers: whether the error says
    what is wrong and where, but not why.

    Raises AssertionError where a derivative is wrong, is left out or cannot be told, with the
    report, and the points where something is asked for; ValueError for points that are none.

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


@st.composite
def graphs(draw: st.DrawFn, operations: Sequence[str] = (), max_nodes: int = 12) -> Value:
    """Draw a recorded graph: its result, of up to `max_nodes` operations on one to four leaves.

    operations: names of rows of the table, all of them by default. Leaves are labelled x0, x1,
    ...; numbers are of size 1 to 10 and well within the domain of each operation.

    >>> from hypothesis import given
    >>> @given(graphs(["add", "mul", "tanh"]))
    ... def test_twice_is_double(result):
    ...     (result + result).backward()
    >>> test_twice_is_double()
    """
    names = list(operations) or [name for name, op in OPS.items() if not op.own]
    numbers = st.floats(-2.0, 2.0, allow_subnormal=False)
    leaves = draw(st.lists(numbers, min_size=1, max_size=4))
    nodes = [Value(x, f"x{i}") for i, x in enumerate(leaves)]
    for _ in range(draw(st.integers(1, max_nodes))):
        op = OPS[draw(st.sampled_from(names))]
        operands: list[Value | float] = [draw(st.sampled_from(nodes)) for _ in range(op.arity)]
        constant = draw(st.integers(0, 2 * op.arity)) if op.arity > 1 else op.arity
        if constant < op.arity:
            operands[constant] = draw(numbers)
        inside = [0.5 + x * x if low > -math.inf else x for x, (low, _) in zip(operands, op.domain)]
        node = Value.apply(op, tuple(inside))
        nodes.append(node if abs(node.data) < 10.0 else sin(node))
    return nodes[-1]


def networks(
    max_inputs: int = 4, max_width: int = 4, max_layers: int = 3
) -> st.SearchStrategy[MLP]:
    """Return a strategy of `MLP`s of up to these sizes, with usual activations and any seed.

    >>> from hypothesis import given
    >>> @given(networks(max_layers=2))
    ... def test_names_are_unique(net):
    ...     names = [name for name, _ in net.named_parameters()]
    ...     assert len(set(names)) == len(names)
    >>> test_names_are_unique()
    """
    activations = st.sampled_from(["sigmoid", "tanh", "relu", "softplus", "linear"])
    return st.builds(
        MLP,
        st.integers(1, max_inputs),
        st.lists(st.integers(1, max_width), min_size=1, max_size=max_layers),
        activation=activations,
        output=activations,
        seed=st.integers(0, 2**32 - 1),
    )
