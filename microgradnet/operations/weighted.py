"""The weighted sum: a row of any number of inputs, which a neuron records as one node."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from microgradnet.operations.functions import dispatch
from microgradnet.operations.kinds import Formula, Operand
from microgradnet.operations.operation import constant, row_of_any_arity, row_of_arity

__all__ = ["weighted_sum"]

EVEN, ODD = slice(None, -1, 2), slice(1, None, 2)


def weighted_sum(weights: Sequence[Operand], inputs: Sequence[Operand], bias: Operand) -> Operand:
    """Return weights[0] * inputs[0] + weights[1] * inputs[1] + ... + bias, recorded as one node.

    weights, inputs: as many numbers or Values each, one or more; bias: a number or a Value. It is
    added up from the left, so its bits are those of the sum written out. The inputs of the node
    are the pairs and the bias: w1, x1, w2, x2, ..., b. Raises ValueError where there are not as
    many.

    >>> weighted_sum([2.0, 3.0], [10.0, 100.0], 5.0)
    325.0
    """
    n = len(weights)
    if n != len(inputs) or not n:
        raise ValueError(f"{n} weights and {len(inputs)} inputs make no weighted sum")
    terms = [bias] * (2 * n + 1)
    terms[EVEN], terms[ODD] = weights, inputs  # a third of the time of zip and chain
    return dispatch(row_of_arity("weighted_sum", len(terms)), terms)


def _added_up(*numbers: Operand) -> Operand:
    total = numbers[0] * numbers[1]
    for i in range(2, len(numbers) - 1, 2):
        total += numbers[i] * numbers[i + 1]
    return total + numbers[-1]


def _of_pairs(n: int) -> dict[str, object]:
    """The partials for n inputs: of a factor the other one, of the bias 1; the last pair first.

    The sum written out hands its gradient down in this order.
    """
    pairs = [(i, i ^ 1) for w in range(n - 3, -1, -2) for i in (w, w + 1)]
    others = [i ^ 1 for i in range(n - 1)]
    pick = operator.itemgetter(*others)
    return {
        "partials": (*[_input(i) for i in others], constant(1.0)),
        "at_once": lambda numbers: (*pick(numbers), 1.0),
        "order": (n - 1, *[i for i, _ in pairs]),
        "pairs": tuple(pairs),
    }


def _input(i: int) -> Formula:
    return lambda *inputs_and_result: inputs_and_result[i]


row_of_any_arity("weighted_sum", _added_up, _of_pairs, symbol="Σ")
