"""The loss of a run: computed, else the one of the known under which most gradients agree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from microgradnet.autograd.derivatives import grad
from microgradnet.autograd.graph import operands, reachable
from microgradnet.autograd.replaying import rebuild
from microgradnet.autograd.value import Value, made_after
from microgradnet.checking.claims import bare, claim, is_loss, is_target
from microgradnet.checking.substituting import instead
from microgradnet.operations.kinds import Formula
from microgradnet.operations.operation import FUNCTIONS
from microgradnet.tracing.events import Event, terms
from microgradnet.tracing.running import Trace
from microgradnet.words import say

__all__ = ["Guessed", "guessed_losses", "losses"]

log = FUNCTIONS["log"]
PREDICTED = re.compile(
    r"^(?!.*(err|delta|grad)).*(pred|hat|out|activ|^a\d*$|^y|^p$|^o\d*$|prob|l\d|layer)", re.I
)


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
    kept: set[Value] = set()
    replaced: set[Value] = set()
    old: dict[Value, Value] = {}  # of what a step moved
    after: dict[Value, None] = {}
    for event in trace.events[trace.steps.left.stop :]:
        moved = trace.is_update(event)  # `c -= rate * dc`: no loss, though it is called so
        called = None if moved else _candidate(event, leaves, errors)
        node = None if called is None else _of_the_step(event, trace)
        below, inner = reachable(*(x for x in [node] if x is not None))
        if node is not None and not replaced.isdisjoint(inner):
            after |= {node: None} if errors or _is_named(event) else {}
        elif node is not None and inner and not leaves.isdisjoint(below):
            found[node] = max(found.get(node, 0), len(inner) + NAMED * _is_plain(event))
            kept |= {node} if event.goes_on else set()
        if node is not None and MAXIMISED.search(bare(_called(event))):
            maximised.add(node)
        tried = bool(found) and event.goes_on and not leaves.isdisjoint(event.value.flat)
        if tried or moved:  # tried: W[i] = w + h, in a gradient check
            replaced.update(set(event.value.flat) - leaves)  # the loss of these is another
        if moved and event.old is not None:
            old |= {x: y for x, y in zip(event.value.flat, event.old.flat) if x is not y}
    found = {node: size for node, size in found.items() if not _is_smoothed(node, kept, found)}
    if any(size < NAMED for size in found.values()):
        used = _used(trace)
        found = {node: size for node, size in found.items() if size >= NAMED or node not in used}
    for x in after if not found else ():
        if (node := _before(x, old)) is not None:
            found[node] = 0
            maximised |= {node} if x in maximised else set()
    ordered = sorted(found, key=found.__getitem__, reverse=True)
    return [-node if node in maximised else node for node in ordered]


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


def _before(loss: Value, old: Mapping[Value, Value]) -> Value | None:
    """What a loss was before the step; None of one on other data.

    old: what each node was that the step moved.
    """
    [before] = instead([loss], old)
    below = {*reachable(before)[0]}
    return before if below.issuperset(reachable(*old)[0]) else None


def _of_the_step(event: Event, trace: Trace) -> Any:
    """The number of an event; of a sum over the steps, to which those before are a constant."""
    node, before = event.value.item(), trace.events[: trace.steps.left.stop]
    old = None if event.old is None or event.old.size != 1 else event.old.item()
    is_kept = any(old is e.value.item() for e in before if e.value.size == 1)
    return rebuild(node, {old: Value(old.data)}) if isinstance(old, Value) and is_kept else node


def _is_smoothed(node: Value, kept: set[Value], found: Mapping[Value, int]) -> bool:
    """Whether something is only moved a little by a loss: `s = 0.999 * s + 0.001 * loss`."""
    named = {x for x, size in found.items() if size >= NAMED} - {node}
    below = [x for x in reachable(node)[1] if x in named] if node in kept else []
    return any(abs(g.data - 1.0) > 1e-9 for g in grad(node, below))


def _used(trace: Trace) -> set[Value]:
    """The nodes that others are computed from: no loss is, but a step on the way is.

    What is only added up, `total += step(x, t)`, is none.
    """
    nodes = (x for event in trace.events for x in event.nodes)
    inner = reachable(*nodes)[1]
    sums = {e.value.item() for e in trace.events if e.goes_on and e.value.size == 1}
    sums -= {x for node in inner if node not in sums for x in operands(node)}
    return {x for node in inner if node not in sums for x in operands(node)}


def _is_error(event: Event) -> bool:
    return not event.shape and "err" in bare(event.name).lower()


def _is_sum(event: Event) -> bool:
    """Whether a number is added up, by whatever name: `total += -np.log(p[k])`."""
    return not event.shape and event.statement.goes_on and not claim(event.name, ())


@dataclass(frozen=True)
class Guessed:
    """A known loss: how it is called, and its sum over what is predicted and its target."""

    words: str
    each: Formula

    def of(
        self, trace: Trace, given: Mapping[str, np.ndarray], fixed: Mapping[str, np.ndarray]
    ) -> Value | None:
        """Return the loss of a run, None where nothing in it is predicted and target."""
        known, bound = {**fixed, **given}, _bound(trace)
        of_all = {name: x for name, x in known.items() if not _is_one(name, x, bound)}
        whole = ([pair] for pair in _pairs(trace, given, of_all))
        subtracted = sorted(_subtracted(trace, known), key=lambda pairs: len(pairs) == 1)
        of_each = [pairs for pairs in subtracted if len(pairs) > 1]
        others = (subtracted[len(of_each) :], _one_by_one(trace, given), _numbers(trace))
        for pairs in chain(of_each, whole, *others):
            try:
                both = [z for predicted, target in pairs for z in zip(predicted.flat, target.flat)]
                parts = [self.each(p, t) for p, t in both]
                total = sum(parts[1:], parts[0])
            except (TypeError, ValueError, ArithmeticError):
                continue
            if isinstance(total, Value) and np.isfinite(total.data):
                return total
        return None


def guessed_losses(loss: Formula | None) -> list[Guessed]:
    """Return the losses to be tried: the one that is given, or all known."""
    known = [
        Guessed(say("the sum of (y_pred - y_true)**2 / 2"), lambda p, t: (p - t) ** 2 * 0.5),
        Guessed(
            say("the binary cross-entropy, -log(y_pred) or -log(1 - y_pred)"),
            lambda p, t: -(t * log(p) + (1 - t) * log(1 - p)),
        ),
        Guessed(say("the cross-entropy, -y_true * log(y_pred)"), lambda p, t: -(t * log(p))),
    ]
    return known if loss is None else [Guessed("loss(y_pred, y_true)", loss)]


def _pairs(
    trace: Trace, given: Mapping[str, np.ndarray], known: Mapping[str, np.ndarray]
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What is predicted, the last of the shape of the target first."""
    leaves = {x for nodes in given.values() for x in nodes.flat}
    for name, target in _targets(known):
        own = set(target.flat)
        tracked = any(isinstance(x, Value) for x in own)
        computed: list[tuple[bool, int, np.ndarray]] = []
        for event in trace.own:
            below = event.below
            read = name in event.statement.reads and not tracked
            if event.name == name and below and leaves & below <= own:
                target = event.value  # `y = y / 100`
                own |= {*target.flat, *reachable(*target.flat)[1]}
                continue
            if not own.isdisjoint(below) or read:  # from here on it is derived, and what it calls
                computed = [one for one in computed if one[1] < event.step]
                break
            if event.shape == target.shape and not leaves.isdisjoint(below):
                computed.append((bool(PREDICTED.search(event.name)), event.step, event.value))
        computed.sort(key=lambda one: one[0])
        yield from ((value, target) for *_, value in reversed(computed))


Bound = Mapping[tuple[str, tuple[int, ...]], Sequence[set[object]]]


def _is_one(name: str, array: np.ndarray, bound: Bound) -> bool:
    """Whether an array is the target of one sample: those of the others are targets, too."""
    others = bound.get((name, array.shape), [])
    return any(leaves.isdisjoint(array.flat) for leaves in others)


def _bound(trace: Trace) -> Bound:
    """What a loop, or a call, gave to a name in the step, by name and shape: leaves, numbers."""
    found: dict[tuple[str, tuple[int, ...]], list[set[object]]] = {}
    for _, name, x in _looped_targets(trace):
        nodes = [node for node in x.flat if isinstance(node, Value)]
        leaves = set(reachable(*nodes)[0]) if nodes else set(x.flat)
        found.setdefault((name, x.shape), []).append(leaves)
    return found


def _looped_targets(trace: Trace) -> list[tuple[int, str, np.ndarray]]:
    """The targets that a loop, or a call, gave since the steps that are left behind, and when."""
    left = trace.events[: trace.steps.left.stop]
    begin = left[-1].end if left else 0
    return [(k, name, x) for k, name, x in trace.looped if is_target(name) and k >= begin]


def _subtracted(
    trace: Trace, known: Mapping[str, np.ndarray]
) -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """What an array is subtracted from that has nothing computed in it, or that from it.

    Of a target that a loop or a call gives: what is subtracted so in all samples.
    """
    computed: dict[str, np.ndarray] = {}
    several: dict[tuple[object, ...], list[tuple[np.ndarray, np.ndarray]]] = {}
    given: dict[str, np.ndarray] = {}
    looped = [*reversed(_looped_targets(trace))]
    for event in trace.events[trace.steps.left.stop :]:
        while looped and looped[-1][0] <= event.step:
            _, name, x = looped.pop()
            given[name] = x
        for name, other in _differences(event.statement.node):
            predicted = _entry(computed, other)
            if predicted is None or name in computed or event.name in (name, other):
                continue
            target = given.get(name, known.get(name))
            if target is not None and target.shape == predicted.shape:
                pairs = several.setdefault((event.statement.key, name, other), [])
                pairs.append((predicted, target))
        if event.below:
            computed[event.name] = event.value
    yield from several.values()


def _numbers(trace: Trace) -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """What a number is subtracted from that is called a target, or that from it, by its node."""
    found: dict[object, list[tuple[np.ndarray, np.ndarray]]] = {}
    before = -1
    for event in trace.own:
        texts = [*_subtractions(event.statement.node)]
        wanted = [k for k, pair in enumerate(texts) if any(map(_is_target, pair))]
        nodes = [x for x in event.value.flat if isinstance(x, Value)] if wanted else []
        own = [x for x in reachable(*nodes)[1] if x.op == "-" and len(x.inputs) == 2]
        made = [x for x in own if made_after(x) > before]
        before = event.made
        for k in wanted if len(made) == len(texts) else ():
            sides = dict(zip(map(_is_target, texts[k]), made[k].inputs))
            predicted, target = sides.get(False), sides.get(True)
            if isinstance(predicted, Value) and predicted.inputs and target is not None:
                pair = np.array(predicted, dtype=object), np.array(target, dtype=object)
                found.setdefault((event.statement.key, k), []).append(pair)
    yield from found.values()


def _is_target(text: str) -> bool:
    """Whether an expression is a target, or an entry of one: `t`, `self.y[i]`."""
    return is_target(text.partition("[")[0].rpartition(".")[2])


def _subtractions(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the sides of what is subtracted, in the order in which it is done."""
    for part in ast.iter_child_nodes(node):
        yield from _subtractions(part)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        yield ast.unparse(node.left), ast.unparse(node.right)
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub):
        yield ast.unparse(node.target), ast.unparse(node.value)


def _differences(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """Yield the sides of what a statement subtracts, either way round."""
    for node in ast.walk(statement):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
            left, right = ast.unparse(node.left), ast.unparse(node.right)
            yield from ((left, right), (right, left))


def _entry(computed: Mapping[str, np.ndarray], text: str) -> np.ndarray | None:
    """What has a name, or is one entry of it: `out[2]`."""
    found = re.fullmatch(r"(.+)\[(-?\d+)\]", text)
    if text in computed or not found or found.group(1) not in computed:
        return computed.get(text)
    array, i = computed[found.group(1)], int(found.group(2))
    inside = array.ndim == 1 and -len(array) <= i < len(array)
    return np.array(array[i], dtype=object) if inside else None


def _one_by_one(
    trace: Trace, given: Mapping[str, np.ndarray]
) -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """What is predicted for each sample of a loop, with its target; the last in a round first."""
    targets = _looped_targets(trace)
    leaves = {x for nodes in given.values() for x in nodes.flat}
    of_targets = {x for _, _, target in targets for x in target.flat if isinstance(x, Value)}
    derived: set[int] = set()  # targets that something was computed from
    found: dict[tuple[bool, str], dict[int, tuple[np.ndarray, np.ndarray, int]]] = {}
    for event in trace.events[trace.steps.left.stop :]:
        known = ((name, x) for step, name, x in reversed(targets) if step <= event.step)
        name, target = next(known, ("", None))
        if target is None or target.shape != event.shape:
            continue
        below = event.below
        tracked = not of_targets.isdisjoint(target.flat)
        if not of_targets.isdisjoint(below) or (name in event.statement.reads and not tracked):
            derived.add(id(target))
            for several in found.values():  # what it calls is no prediction
                if several.get(id(target), (0, 0, -1))[2] >= event.step:
                    del several[id(target)]
        elif id(target) not in derived and not leaves.isdisjoint(below):
            key = bool(PREDICTED.search(event.name)), event.name
            last = event.value, target, event.step
            found.setdefault(key, {})[id(target)] = last  # of a sample
    for key in sorted(filter(found.get, found), key=lambda k: k[0])[::-1]:
        yield [(value, target) for value, target, _ in found[key].values()]


def _targets(given: Mapping[str, np.ndarray]) -> Sequence[tuple[str, np.ndarray]]:
    """The arrays that are called so; labels in whole numbers as ones and zeros too."""
    found: list[tuple[str, np.ndarray]] = []
    for name, x in given.items():
        if not is_target(name.rpartition(".")[2]):
            continue
        found.append((name, x))
        if x.dtype.kind in "iu" and x.ndim == 1 and x.size and x.min() >= 0:
            one_hot = np.eye(int(x.max()) + 1)[x]
            found += [(name, one_hot), (name, one_hot.T)]
    return found
