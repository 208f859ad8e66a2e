"""Tell the derivatives of functions from backward passes: they take no upstream gradient."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.passes.given import own_nodes
from microgradnet.tape.feeding.by_name import function_of, is_gradient


def is_slope(forward: Any, backward: Any) -> bool:
    """Whether a backward pass is named as the derivative of its function, without a dout."""
    name, (ahead, back) = backward.__name__, _required(forward, backward)
    is_named = vocabulary.is_of_slope(name) and "back" not in name
    is_named |= function_of(name) == forward.__name__
    if len(ahead) == len(back) == 1:
        return is_named and not is_gradient(back[0])
    return is_named and len(outputs_of(ahead)) == 1 and takes_the_same(forward, backward)


def outputs_of(names: Sequence[str]) -> list[str]:
    """Return the arguments of a loss that are no targets; of y and t, y is none.

    >>> outputs_of(["y_true", "y_pred"]), outputs_of(["y", "t"])
    (['y_pred'], ['y'])
    """
    return [n for n in names if not vocabulary.is_target(n)] or [n for n in names if n == "y"]


def takes_the_same(forward: Any, backward: Any) -> bool:
    """Whether two passes take the same, and the backward pass reads nothing that is kept for it."""
    ahead, back = _required(forward, backward)
    if ahead != back or not back or vocabulary.is_upstream(back[0]):
        return False
    kept, read = (
        {n.attr for n in own_nodes(f) if isinstance(n, ast.Attribute) and type(n.ctx) is context}
        for f, context in ((forward, ast.Store), (backward, ast.Load))
    )
    return kept.isdisjoint(read)


def _required(*passes: Any) -> list[list[str]]:
    """Return the arguments that passes need, by name."""
    taken = [inspect.signature(f).parameters.values() for f in passes]
    return [[p.name for p in ps if p.name != "self" and p.default is p.empty] for ps in taken]


def is_by_element(x: Any, run: Callable[[Any], Any]) -> bool:
    """Whether a function gives a number, or each element of its output by one of its input.

    Of one that raises an error, nothing says the contrary.
    """
    moved, state = np.array(x), np.random.get_state()
    moved.flat[:1] += 0.5
    try:
        out = run(x)
        np.random.set_state(state)
        other = run(moved)
    except Exception:
        return True
    finally:
        np.random.set_state(state)
    is_alike = isinstance(x, np.ndarray) and x.shape == np.shape(out) and x.size > 1
    return np.ndim(out) == 0 or (
        is_alike and np.array_equal(np.ravel(out)[1:], np.ravel(other)[1:])
    )
