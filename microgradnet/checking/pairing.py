"""What is predicted in a run, with its target: told by names, and by what is subtracted."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value, made_after
from microgradnet.checking.claims import bare, is_target
from microgradnet.tracing.events import Event
from microgradnet.tracing.noted import Trace
from microgradnet.tracing.rewriting import Statement

__all__ = ["is_residual", "predicted_with_targets"]

PREDICTED = re.compile(
    r"^(?!.*(err|delta|grad)).*(pred|hat|out|activ|^a\d*$|^y|^p$|^o\d*$|prob|l\d|layer)", re.I
)
Pairs = list[tuple[np.ndarray, np.ndarray]]


def predicted_with_targets(
    trace: Trace, given: Mapping[str, np.ndarray], fixed: Mapping[str, np.ndarray]
) -> Iterator[Pairs]:
    """Yield what may be predicted in a run, each with its target: all, or those of all samples.

    The likeliest comes first. given, fixed: the arrays that the code was given, and such as hold
    plain numbers, by name.
    """
    known, bound = {**fixed, **given}, _bound(trace)
    of_all = {name: x for name, x in known.items() if not _is_one(name, x, bound)}
    subtracted = sorted(_subtracted(trace, known), key=lambda pairs: len(pairs) == 1)
    of_each = [pairs for pairs in subtracted if len(pairs) > 1]
    of_one = subtracted[len(of_each) :]
    by_node = [*_by_node(trace, lambda sides: any(map(_is_target, sides)), _named_so(trace))]
    likely = {
        x for pairs in chain(of_one, by_node) for predicted, _ in pairs for x in predicted.flat
    }
    whole = [[pair] for pair in _pairs(trace, given, of_all)]
    whole.sort(key=lambda pairs: likely.isdisjoint(pairs[0][0].flat))
    others = (of_one, by_node, _one_by_one(trace, given), () if by_node else _numbers(trace))
    yield from chain(_scaled(trace), of_each, whole, *others)


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
    """The targets that a loop, or a call, gave since the steps that are left behind, and when.

    And what it gave before, where nothing was given by that name since: `train(X, targets)`.
    """
    left = trace.events[: trace.steps.left.stop]
    begin = left[-1].end if left else 0
    targets = [one for one in trace.looped if is_target(one[1])]
    since = [one for one in targets if one[0] >= begin]
    anew = {name for _, name, _ in since}
    before = {name: (k, name, x) for k, name, x in targets if k < begin and name not in anew}
    return [*before.values(), *since]


def _subtracted(trace: Trace, known: Mapping[str, np.ndarray]) -> Iterator[Pairs]:
    """What an array is subtracted from that has nothing computed in it, or that from it.

    Of a target that a loop or a call gives: what is subtracted so in all samples.
    """
    computed: dict[str, np.ndarray] = {}
    several: dict[tuple[object, ...], Pairs] = {}
    given: dict[str, np.ndarray] = {}
    looped = [*reversed(_looped_targets(trace))]
    for event in trace.events[trace.steps.left.stop :]:
        while looped and looped[-1][0] <= event.step:
            _, name, x = looped.pop()
            given[name] = x
        for name, other in _either_way(event.statement.node):
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


Sides = tuple[str, str]
Wanted = Callable[[Sides], bool]


def _scaled(trace: Trace) -> Iterator[Pairs]:
    """What is subtracted from a target times a number, or that from it: `y / 100 - out`."""
    yield from _by_node(trace, lambda sides: any(map(_is_scaled_target, sides)), _named_so(trace))


def _numbers(trace: Trace) -> Iterator[Pairs]:
    """What a number is subtracted from that is given, and stays, or that from it, by its node.

    It is predicted where it is computed from what is moved.
    """
    moved = _moved(trace)

    def given(sides: Sides, node: Value) -> tuple[object, object] | None:
        for predicted, target in (node.inputs, node.inputs[::-1]):
            stays = target not in moved and not getattr(target, "inputs", ())
            if stays and _is_of(predicted, moved):
                return predicted, target
        return None

    yield from _by_node(trace, lambda sides: all(map(A_PLACE.fullmatch, sides)), given)


A_PLACE = re.compile(r"[^\W\d][\w.]*(\[[^\]]*\])*")  # and no number: 1 - h


def _moved(trace: Trace) -> set[Value]:
    """What the updates of a run moved."""
    updates = [e.old for e in trace.own if trace.is_update(e)]
    return {x for old in updates if old is not None for x in old.flat}


def _is_of(x: object, moved: set[Value]) -> bool:
    return isinstance(x, Value) and not moved.isdisjoint(reachable(x)[0])


PairOf = Callable[[Sides, Value], tuple[object, object] | None]


def _named_so(trace: Trace) -> PairOf:
    """What is predicted and its target, by name: but `cost(y, t)` calls so what it is handed."""
    moved = _moved(trace)

    def pair_of(sides: Sides, node: Value) -> tuple[object, object] | None:
        found = dict(zip((_is_target(x) or _is_scaled_target(x) for x in sides), node.inputs))
        if len(found) < 2:
            return None
        swapped = _is_of(found[True], moved) and not _is_of(found[False], moved)
        return (found[swapped], found[not swapped])

    return pair_of


def _by_node(trace: Trace, wanted: Wanted, pair_of: PairOf) -> Iterator[Pairs]:
    """What is predicted and its target, of the numbers that statements subtract from others."""
    found: dict[object, Pairs] = {}
    own = trace.own
    for i, event in enumerate(own):
        texts = _subtracted_in(event.statement.node)
        likely = [k for k, sides in enumerate(texts) if wanted(sides)]
        made = _subtracted_by(event, own[:i]) if likely else []
        each, left = divmod(len(made), len(texts) or 1)  # of arrays one after the other is computed
        for k in likely if not left else ():
            for node in made[k * each : (k + 1) * each]:
                predicted, target = pair_of(texts[k], node) or (None, None)
                if isinstance(predicted, Value) and predicted.inputs and target is not None:
                    pair = np.array(predicted, dtype=object), np.array(target, dtype=object)
                    found.setdefault((event.statement.key, k), []).append(pair)
    for pairs in found.values():  # the 1 of `1 - h`, in a lambda that is called there, is no target
        yield [pair for pair in pairs if isinstance(pair[1].item(), Value)] or pairs


def _subtracted_by(event: Event, earlier: Sequence[Event]) -> list[Value]:
    """The differences that the statement of an event computed, and no function that it called."""
    before = max((e.made for e in earlier if e.end <= event.step), default=-1)
    called = reachable(*(x for e in earlier if e.end > event.step for x in e.nodes))[1]
    made = {x for x in reachable(*event.nodes)[1] if made_after(x) > before}.difference(called)
    return sorted((x for x in made if x.op == "-" and len(x.inputs) == 2), key=made_after)


def _is_target(text: str) -> bool:
    """Whether an expression is a target, or an entry of one: `t`, `self.y[i]`, `row["label"]`."""
    return is_target(text.partition("[")[0].rpartition(".")[2]) or is_target(bare(text))


def is_residual(statement: Statement) -> bool:
    """Return whether a statement takes what is predicted from its target, or that from it."""
    whole = getattr(statement.node, "value", None)
    if not isinstance(whole, ast.BinOp) or not isinstance(whole.op, ast.Sub):
        return False
    texts = ast.unparse(whole.left), ast.unparse(whole.right)
    return all(map(A_PLACE.fullmatch, texts)) and any(map(_is_target, texts))


def _is_scaled_target(text: str) -> bool:
    """Whether an expression is a target times a number: `y[i] / 100`."""
    node = ast.parse(text, mode="eval").body
    if not isinstance(node, ast.BinOp) or not isinstance(node.right, ast.Constant):
        return False
    return _is_target(ast.unparse(node.left))


@functools.lru_cache(1024)
def _subtracted_in(statement: ast.stmt) -> Sequence[Sides]:
    return [*_subtractions(statement)]


def _subtractions(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the sides of what is subtracted, in the order in which it is done."""
    for part in ast.iter_child_nodes(node):
        yield from _subtractions(part)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        yield ast.unparse(node.left), ast.unparse(node.right)
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub):
        yield ast.unparse(node.target), ast.unparse(node.value)


@functools.lru_cache(1024)
def _either_way(statement: ast.stmt) -> Sequence[Sides]:
    """The sides of what a statement takes from something, either way round."""
    several = [n for n in ast.walk(statement) if isinstance(n, ast.BinOp)]
    texts = [(ast.unparse(n.left), ast.unparse(n.right)) for n in several if type(n.op) is ast.Sub]
    return [sides for left, right in texts for sides in ((left, right), (right, left))]


def _entry(computed: Mapping[str, np.ndarray], text: str) -> np.ndarray | None:
    """What has a name, or is one entry of it: `out[2]`."""
    found = re.fullmatch(r"(.+)\[(-?\d+)\]", text)
    if text in computed or not found or found.group(1) not in computed:
        return computed.get(text)
    array, i = computed[found.group(1)], int(found.group(2))
    inside = array.ndim == 1 and -len(array) <= i < len(array)
    return np.array(array[i], dtype=object) if inside else None


def _one_by_one(trace: Trace, given: Mapping[str, np.ndarray]) -> Iterator[Pairs]:
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
        if x.dtype.kind in "iu" and x.ndim == 1 and x.size and x.min() >= 0 and x.any():
            one_hot = np.eye(int(x.max()) + 1)[x]
            found += [(name, one_hot), (name, one_hot.T)]
    return found
