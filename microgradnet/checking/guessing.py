"""The loss of a run: computed, else the one of the known under which most gradients agree."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.graph import operands, reachable
from microgradnet.autograd.replaying import rebuild
from microgradnet.autograd.value import Value
from microgradnet.checking.claims import bare, claim, is_loss
from microgradnet.checking.own_losses import own_losses
from microgradnet.checking.pairing import is_residual, predicted_with_targets
from microgradnet.checking.report import OF_FILE, TAKEN
from microgradnet.checking.substituting import instead
from microgradnet.operations.kinds import Formula
from microgradnet.operations.operation import FUNCTIONS
from microgradnet.tracing.events import Event, terms
from microgradnet.tracing.noted import Trace
from microgradnet.words import say

__all__ = [
    "Guessed",
    "guessed_losses",
    "is_log_likelihood",
    "is_only_returned",
    "losses",
    "losses_of_file",
]

log = FUNCTIONS["log"]
MAXIMISED = re.compile(r"^(?!.*(neg|minus|nll)).*(likelihood|log_?lik|^ll$)", re.I)
NAMED = 10**9  # above the number of nodes


def losses(trace: Trace, given: Mapping[str, np.ndarray], errors: bool = False) -> list[Value]:
    """Return what may be the loss the code computes: numbers called so that depend on the given.

    errors: of numbers that are called errors, which may be no more than a difference, or that are
    only added up. The one that most depends on comes first: `loss = data_loss + reg_loss`. A
    likelihood is to be large: its loss is minus that. Where all are computed after the step, what
    they were before.
    """
    leaves = {x for nodes in given.values() for x in nodes.flat}
    found: dict[Value, int] = {}
    maximised: set[Value] = set()
    kept: dict[Value, str] = {}  # what goes on with what was there, with its name
    named: dict[str, set[Value]] = {}
    replaced: set[Value] = set()
    residuals: set[Value] = set()  # signed: no loss, whatever they are called
    old: dict[Value, Value] = {}  # of what a step moved
    after: dict[Value, int] = {}
    for event in trace.events[trace.steps.left.stop :]:
        moved = trace.is_update(event)  # `c -= rate * dc`: no loss, though it is called so
        residuals |= set(event.nodes) if is_residual(event.statement) else set()
        called = None if moved else _candidate(event, leaves, errors)
        node = None if called is None or called in residuals else _of_the_step(event, trace)
        below, inner = reachable(*(x for x in [node] if x is not None))
        size = len(inner) + NAMED * _is_plain(event)
        if node is not None and not replaced.isdisjoint(inner):
            after |= {node: size} if errors or _is_named(event) else {}
        elif node is not None and inner and not leaves.isdisjoint(below):
            found[node] = max(found.get(node, 0), size)
            if event.goes_on and event.name[-2:] != "[]":  # no history, to which it is appended
                kept.setdefault(node, event.name)
            named.setdefault(event.name, set()).add(node)
        if node is not None and MAXIMISED.search(bare(_called(event))):
            maximised.add(node)
        tried = bool(found) and event.goes_on and not leaves.isdisjoint(event.value.flat)
        if tried or moved:  # tried: W[i] = w + h, in a gradient check
            replaced.update(set(event.value.flat) - leaves)  # the loss of these is another
        if moved and event.old is not None:
            old |= {x: y for x, y in zip(event.value.flat, event.old.flat) if x is not y}
    plain = {node for node, size in found.items() if size >= NAMED}
    for node, name in kept.items():
        if _is_smoothed(node, plain - named[name]):
            del found[node]
    if any(size < NAMED for size in found.values()):
        used = _used(trace)
        found = {node: size for node, size in found.items() if size >= NAMED or node not in used}
    for x, size in after.items() if not found else ():
        if (node := _before(x, old, leaves)) is not None:
            found[node] = size
            maximised |= {node} if x in maximised else set()
    ordered = sorted(found, key=found.__getitem__, reverse=True)
    return [-node if node in maximised else node for node in ordered]


def is_only_returned(trace: Trace, loss: Value) -> bool:
    """Return whether a number is called no loss, and is one at most for a function returns it."""
    own = [e for e in trace.events if e.value.size == 1 and e.value.item() is loss]
    return bool(own) and not any(map(_is_named, own))


def is_log_likelihood(loss: Value) -> bool:
    """Return whether a loss is a sum of logarithms, each times what is not below 0: `y * log(p)`.

    It is at most 0 where these are probabilities, and without bound below.
    """
    logs = [x for x in reachable(loss)[1] if x.op == "log"]
    slopes = [g.data for g in grad(loss, logs)]
    total = sum(slope * x.data for slope, x in zip(slopes, logs))
    return bool(any(slopes)) and min(slopes) >= 0.0 and bool(np.isclose(total, loss.data))


def _called(event: Event) -> str:
    """How a number is called: by its name, or by that of the function that returns it."""
    return event.statement.function if event.name.startswith("return ") else event.name


def _is_named(event: Event) -> bool:
    """Whether something is called a loss; a bias c that is moved is none."""
    name = _called(event)
    named = is_loss(name) or bool(MAXIMISED.search(bare(name)))
    return named and not (event.goes_on and re.fullmatch("[a-z]", bare(name)))


def _is_plain(event: Event) -> bool:
    return _is_named(event) and not re.fullmatch("[a-z]", _called(event))  # e may be exp(-z)


def _candidate(event: Event, leaves: set[Value], errors: bool) -> Value | None:
    """The number that an event gives a name of a loss, or that is returned: no moved parameter."""
    node = event.value.item() if event.value.size == 1 else None
    named = _is_error(event) or _is_sum(event) if errors else _is_named(event)
    returned = event.name.startswith("return ") and leaves.isdisjoint(terms(node))
    return node if isinstance(node, Value) and (named or returned) else None


def _before(loss: Value, old: Mapping[Value, Value], given: Collection[Value]) -> Value | None:
    """What a loss was before the step; None of one on other data.

    old: what each node was that the step moved; given: the leaves that are no zeros to sum up in.
    """
    [before] = instead([loss], old)
    used = {x for x in reachable(*old)[0] if x in given}
    return before if used.issubset(reachable(before)[0]) else None


def _of_the_step(event: Event, trace: Trace) -> Any:
    """The number of an event; of a sum over the steps, to which those before are a constant."""
    node, before = event.value.item(), trace.events[: trace.steps.left.stop]
    old = None if event.old is None or event.old.size != 1 else event.old.item()
    is_kept = any(old is e.value.item() for e in before if e.value.size == 1)
    return rebuild(node, {old: Value(old.data)}) if isinstance(old, Value) and is_kept else node


def _is_smoothed(node: Value, others: Collection[Value]) -> bool:
    """Whether something is only moved a little by a loss: `s = 0.999 * s + 0.001 * loss`.

    others: losses by other names; `loss /= n` is one, and no smoother, with what it was.
    """
    below = [x for x in reachable(node)[1] if x in others]
    return any(abs(g.data - 1.0) > 1e-9 for g in grad(node, below))


def _used(trace: Trace) -> set[Value]:
    """The nodes that others are computed from: no loss is, but a step on the way is.

    What is only added up, `total += step(x, t)`, is none.
    """
    nodes = (x for event in trace.events for x in event.nodes)
    inner = reachable(*nodes)[1]
    sums = {e.value.item() for e in trace.events if e.goes_on and e.value.size == 1}
    used: set[Value] = set()
    for node in reversed(inner):  # what is computed from it has come before
        if node not in sums or node in used:
            used.update(operands(node))
    return used


def _is_error(event: Event) -> bool:
    return not event.shape and "err" in bare(event.name).lower()


def _is_sum(event: Event) -> bool:
    """Whether a number is added up, by whatever name: `total += -np.log(p[k])`."""
    return not event.shape and event.statement.goes_on and not claim(event.name, ())


Of = Callable[[Trace, np.ndarray, np.ndarray], Value]


@dataclass(frozen=True)
class Guessed:
    """A loss: what is said of it, and what it is of what is predicted and its target in a run."""

    note: str
    of_pair: Of

    def of(
        self,
        trace: Trace,
        given: Mapping[str, np.ndarray],
        fixed: Mapping[str, np.ndarray],
        likelier: int = 0,
    ) -> Value | None:
        """Return the loss of a run, None where nothing in it is predicted and target.

        likelier: how many losses by what is likelier predicted are passed over.
        """
        return next(islice(self._each(trace, given, fixed), likelier, None), None)

    def _each(
        self, trace: Trace, given: Mapping[str, np.ndarray], fixed: Mapping[str, np.ndarray]
    ) -> Iterator[Value]:
        for pairs in predicted_with_targets(trace, given, fixed):
            try:
                parts = [self.of_pair(trace, *pair) for pair in pairs]
                total = sum(parts[1:], parts[0])
            except (TypeError, ValueError, ArithmeticError):
                continue
            if isinstance(total, Value) and np.isfinite(total.data):
                yield total


def _summed(each: Formula) -> Of:
    def of_pair(trace: Trace, predicted: np.ndarray, target: np.ndarray) -> Any:
        parts = [each(p, t) for p, t in zip(predicted.flat, target.flat)]
        return sum(parts[1:], parts[0])

    return of_pair


def losses_of_file(trace: Trace) -> list[Guessed]:
    """Return the losses to be tried first: functions of the file."""
    return [Guessed(say(OF_FILE, loss=own.words), own.of) for own in own_losses(trace)]


def guessed_losses(loss: Formula | None) -> list[Guessed]:
    """Return the losses to be tried: the one that is given, or all known."""
    if loss is not None:
        return [Guessed(say(TAKEN, loss="loss(y_pred, y_true)"), _summed(loss))]
    known: dict[str, Formula] = {
        say("the sum of (y_pred - y_true)**2 / 2"): lambda p, t: (p - t) ** 2 * 0.5,
        say("the binary cross-entropy, -log(y_pred) or -log(1 - y_pred)"): lambda p, t: (
            -(t * log(p) + (1 - t) * log(1 - p))
        ),
        say("the cross-entropy, -y_true * log(y_pred)"): lambda p, t: -(t * log(p)),
    }
    return [Guessed(say(TAKEN, loss=words), _summed(each)) for words, each in known.items()]
