"""The losses that a file defines as functions of what is predicted and of its target."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.claims import DERIVES, claim, is_loss, is_target
from microgradnet.tracing.arrays import Values
from microgradnet.tracing.noted import Trace

__all__ = ["OwnLoss", "own_losses"]


@dataclass(frozen=True)
class OwnLoss:
    """A function of a file, or of a class in it: its name, and those of what it takes.

    method: whether it takes the object first, which it is to have no need of.
    """

    name: str
    takes: tuple[str, ...]
    method: bool

    @property
    def words(self) -> str:
        """How it is called."""
        return f"{self.name}({', '.join(self.takes)})"

    def of(self, trace: Trace, predicted: np.ndarray, target: np.ndarray) -> Value:
        """Return what it is of a run; ValueError where it is no loss.

        It is a number, and its slopes are not the same everywhere, as those of a difference are.
        """
        by_name = [target if is_target(name) else predicted for name in self.takes]
        inputs = [x.view(Values) if x.ndim else x.item() for x in by_name]
        function = dict(_functions(trace))[self.name]
        try:
            found = trace.apart(function, *[None] * self.method, *inputs)
        except Exception as error:  # of the code: it is of other arguments
            raise ValueError(self.words) from error
        nodes = [x for x in np.ravel(np.array(found, dtype=object)) if isinstance(x, Value)]
        own = [x for x in predicted.flat if isinstance(x, Value)]
        if len(nodes) != 1 or not _depends(grad(nodes[0], own), own):
            raise ValueError(self.words)
        return nodes[0]


def _depends(slopes: list[Value], own: list[Value]) -> bool:
    leaves, inner = reachable(*slopes)
    return not {*leaves, *inner}.isdisjoint(own)


def own_losses(trace: Trace) -> list[OwnLoss]:
    """Return the losses that there are by their names, and that take two things, one a target."""
    found = []
    for name, function in _functions(trace):
        parameters = inspect.signature(function).parameters.values()
        needed = [p.name for p in parameters if p.default is p.empty]
        method = needed[:1] == ["self"]
        takes = tuple(needed[method:])
        if len(takes) == 2 and sum(map(is_target, takes)) == 1:
            found.append(OwnLoss(name, takes, method))
    return found


def _functions(trace: Trace) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the functions, and those of classes, that are called losses: `CrossEntropyCost.fn`."""
    files = {statement.file for statement in trace.statements.values()}
    for name, x in trace.home.items():
        inside = vars(x) if isinstance(x, type) else {}
        several = {f"{name}.{k}": getattr(f, "__func__", f) for k, f in inside.items()}
        for called, function in {name: x, **several}.items():
            plain = inspect.unwrap(function) if isinstance(function, FunctionType) else None
            own = isinstance(plain, FunctionType) and plain.__code__.co_filename in files
            last = called.rpartition(".")[2]
            derives = claim(last, ()) or DERIVES.search(last)
            if own and is_loss(called.replace(".", "_")) and not derives:
                yield called, function
