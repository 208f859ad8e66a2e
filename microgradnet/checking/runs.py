"""One run of a derivation at one point: its nodes by name, its derivatives, its update lines."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microgradnet.autograd.graph import operands, reachable
from microgradnet.autograd.labels import NamesError, element
from microgradnet.autograd.replaying import rebuild
from microgradnet.autograd.value import Value
from microgradnet.checking.binding import marked
from microgradnet.checking.names import ALSO_LOSS, LOSS, PREDICTION, TARGET, Names, parts, plain
from microgradnet.checking.report import TAKEN
from microgradnet.nn.losses import loss_function
from microgradnet.operations.kinds import Operand
from microgradnet.tracing.noted import Trace
from microgradnet.words import listed, say

__all__ = ["Run"]

NO_DERIVATIVE = "no local is named like a derivative, d_A_d_B; the names are {names}"
NONE_OF_THIS = (
    "no local is named like a derivative, d_A_d_B of what is computed; the names are {names}"
)
Loss = str | Callable[[Operand, Operand], Operand]


@dataclass
class Run:
    """What a derivation computed.

    point: the number of each leaf; values: the nodes of the forward pass by name; loss: what is
    differentiated; derivatives: by name the node that was written, and the nodes A and B of
    d_A_d_B; updates: a parameter's leaf and what it became; predicted: the output; forward: the
    outputs of the training and of the predicting pass, where there are two; numbers: other local
    numbers; note: what was taken for granted; labels: of the leaves, by their names in `point`;
    compared: the numbers that leaves were compared with by `==`, by those names; places: the file
    and the line where each row was written; unused: the names in `point` whose numbers the code
    took nowhere, as it computes them.
    """

    point: Mapping[str, float]
    values: dict[str, Value]
    loss: Value
    derivatives: dict[str, tuple[Value, Value, Value]]
    updates: dict[str, tuple[Value, Value]]
    predicted: Value | None = None
    forward: tuple[Value, Value] | None = None
    numbers: list[float] = field(default_factory=list)
    note: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    compared: dict[str, set[float]] = field(default_factory=dict)
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    unused: Collection[str] = ()

    def named(self, point: Mapping[str, float]) -> dict[str, float]:
        """Return the numbers of a point that the code was run on, by the names it gives them."""
        used = {name: x for name, x in point.items() if name not in self.unused}
        return {self.labels.get(name, name): x for name, x in used.items()}


def read(
    point: Mapping[str, float],
    given: Mapping[str, object],
    found: Mapping[str, object],
    after: Mapping[str, object],
    loss: Loss,
    target: Value | None = None,
    trained: Collection[str] = (),
    sample: Mapping[str, object] | None = None,
    at: Mapping[str, Mapping[str, object]] | None = None,
) -> Run:
    """Read a run off the names that a person's code left behind.

    given: what it was given; found: its local names; after: what became of what was given; loss:
    what L is where the code computes none; target: of this sample, where it is known; trained:
    what has to be updated if anything is; sample: what it was given as data; at: the names there
    were where each derivative was bound, which it is meant by.

    Raises NamesError for a derivative of something that has no name, or no one name.
    """
    then = {k: x for names in (at or {}).values() for k, x in names.items() if not any(parts(k))}
    leaves, local, later = flat(given), flat({**found, **then}), flat(after)
    values, written = _told_apart(local)
    updated = {k: v for k, v in later.items() if k in leaves and v is not leaves[k]}
    values |= {k: v for k, v in leaves.items() if k in updated or k not in values}
    root, means, note = _roots(values, written, loss, target)
    values, updated = _trained(values, updated, root)
    _label(values, found)
    derivatives = _derivatives(_names(values, root, means), written, at or {})
    if not derivatives:
        raise NamesError(say(NONE_OF_THIS, names=listed(local)))
    updates = _updates(leaves, updated, {b for _, _, b in derivatives.values()}, root, trained)
    return Run(
        *(point, values, root, derivatives, updates, means.get("ypred")),
        numbers=[x for x in local.values() if type(x) is float],
        note=note,
        labels={k: v.label for k, v in elements({**given, **(sample or {})}).items()},
    )


def _told_apart(local: Mapping[str, Any]) -> tuple[dict[str, Value], dict[str, Any]]:
    """The values, and what has the name of a derivative."""
    written = {k: v for k, v in local.items() if any(parts(k))}
    if not written:
        raise NamesError(say(NO_DERIVATIVE, names=listed(local)))
    return {k: v for k, v in local.items() if isinstance(v, Value) and k not in written}, written


def _derivatives(
    names: Names, written: Mapping[str, object], at: Mapping[str, Mapping[str, object]]
) -> dict[str, tuple[Value, Value, Value]]:
    """What was written for each derivative, as a node, and the nodes A and B it is of."""
    found: dict[str, tuple[Value, Value, Value]] = {}
    spelled: dict[str, list[str]] = {}
    for name in dict.fromkeys(itertools.chain.from_iterable(at.values())):
        spelled.setdefault(plain(name), []).append(name)
    for k, v in written.items():
        then = names.with_bound({} if k not in at else flat(_of_or_by(k, at[k], spelled)))
        if pair := then.derivative(k, v):
            found[k] = (v if isinstance(v, Value) else marked(v, k), *pair)
    return found


def _of_or_by(
    name: str, local: Mapping[str, object], spelled: Mapping[str, Sequence[str]]
) -> dict[str, object]:
    """What A and B of a derivative were; spelled: the names there are by what is `plain`."""
    named = {k: None for pair in parts(name) for part in pair for k in spelled.get(part, ())}
    return {k: local[k] for k in named if k in local}


def _trained(
    values: Mapping[str, Any], updated: Mapping[str, Any], root: Value
) -> tuple[dict[str, Value], dict[str, Value]]:
    """What is no update but prepared (x -= mean), as the loss depends on it, is a value."""
    forward = set(reachable(root)[1])
    prepared = {k: v for k, v in updated.items() if not isinstance(v, Value) or v in forward}
    left = {k: v for k, v in updated.items() if k not in prepared}
    return {k: v for k, v in {**values, **prepared}.items() if isinstance(v, Value)}, left


def _label(values: Mapping[str, Value], found: Mapping[str, object]) -> None:
    """Call each by its plainest name: y_true rather than the array of one it was taken from."""
    for name in sorted(values, key=lambda k: (_plainness(k), not isinstance(found.get(k), Value))):
        values[name].label = values[name].label or name


def _updates(
    leaves: Mapping[str, Value],
    changed: Mapping[str, Value],
    of: set[Value],
    root: Value,
    trained: Collection[str],
) -> dict[str, tuple[Value, Value]]:
    """What parameters became, those among them that were left as they are.

    Parameters are what the loss depends on or a derivative is by; where they are not known, those
    left are named like those changed: b2, where b1 is.
    """
    depended = set(reachable(root)[0])
    updates = {k: (leaves[k], v) for k, v in changed.items() if leaves[k] in depended | of}
    stems = {_stem(name) for name in updates}
    left = [k for k, v in leaves.items() if k in trained or (v in of and _stem(k) in stems)]
    left = [k for k in left if k not in updates and leaves[k] in depended]
    return updates | {k: (leaves[k], leaves[k]) for k in left if updates}


def places(trace: Trace) -> dict[str, tuple[str, int]]:
    """Return where each name was last assigned, and where each parameter was moved.

    And where the function that moves them assigned each, which another may, too: `forward h1`.
    """
    found: dict[str, tuple[str, int]] = {}
    moving = {event.statement.function for event in trace.events if event.goes_on}
    for event in trace.events:
        name = event.name.removeprefix("self.")
        at = event.statement.file, event.line
        found[name] = at
        if event.goes_on:
            found[f"update {name}"] = at
        if event.statement.function in moving:
            found[f"forward {name}"] = at
    return found


def elements(given: Mapping[str, object]) -> dict[str, Any]:
    """Return each element of arrays by its name; what is no array as it is.

    >>> elements({"x": np.array([1.0, 2.0]), "y": 3.0}).keys()
    dict_keys(['x[0]', 'x[1]', 'y'])
    """
    arrays = {name: np.asarray(x, dtype=object) for name, x in given.items()}
    return {element(name, i): a[i] for name, a in arrays.items() for i in np.ndindex(a.shape)}


def named(
    compared: Mapping[Value, set[float]], given: Mapping[str, object]
) -> dict[str, set[float]]:
    """Return what Values were compared with, by the names of those that were given."""
    return {
        k: compared[v] for k, v in elements(given).items() if isinstance(v, Value) and v in compared
    }


def _plainness(name: str) -> tuple[int, bool]:
    return name.count(","), "[" in name  # x[0] rather than data[0, 0]


def _stem(name: str) -> str:
    return re.sub(r"\d+$", "", name)


def flat(names: Mapping[str, object]) -> dict[str, Any]:
    """Return Values and numbers by name; those of sequences and of mappings one by one.

    >>> flat({"x": [Value(1.0), Value(2.0)], "n": 3, "who": "me"}).keys()
    dict_keys(['x[0]', 'x[1]', 'n'])
    """
    found: dict[str, object] = {}
    for name, x in names.items():
        if isinstance(x, Mapping):
            found |= flat({k: v for k, v in x.items() if isinstance(k, str) and k not in names})
        elif isinstance(x, (list, tuple, np.ndarray)):
            array = _array(x)
            if array.size == 1:
                found |= flat({name: array.item()})
            elif array.dtype.kind in "Of" and array.size <= 10_000:
                found |= flat({element(name, i): array[i] for i in np.ndindex(array.shape)})
        elif isinstance(x, (Value, int, float, np.number)):
            found[name] = x if isinstance(x, (Value, bool)) else float(x)
    return found


def _array(x: object) -> np.ndarray:
    try:
        return np.array(x, dtype=object)
    except ValueError:  # rows of different lengths
        return np.empty(0)


def _roots(
    values: Mapping[str, object], written: Mapping[str, object], loss: Loss, target: Value | None
) -> tuple[Value, dict[str, Value], str]:
    """The loss, what `L`, `ypred` and the like mean where no local has that name, a note."""
    known = {plain(k): v for k, v in reversed(list(values.items())) if isinstance(v, Value)}
    pairs = [pair for name in written for pair in parts(name)]
    tops = list(dict.fromkeys(a for a, _ in pairs if a not in {b for _, b in pairs}))
    open_tops = [name for name in tops if name not in known]
    y_pred = next((known[name] for name in PREDICTION if name in known), None)
    y_true = target or next(_meant(known, TARGET, y_pred), None)
    own = [known[name] for name in LOSS if name in known and known[name].inputs]
    own = [found for x in own if (found := _through(x, y_pred)) is not None]
    if not own and not open_tops:
        own = [known[name] for name in tops if name not in PREDICTION and known[name].inputs]
    if not own and y_pred is None and len(open_tops) == 1:  # d_L_d_a, of whatever a is
        y_pred = next((known[b] for a, b in pairs if a in open_tops and b in known), None)
        y_true = target or next(_meant(known, TARGET, y_pred), None)
    if not own and y_pred is None and y_true is not None:
        y_pred = _without_a_name(written, y_true)
    if not own and (y_pred is None or y_true is None):
        if not tops or open_tops:
            raise NamesError(_missing(y_pred, values))
        own = [known[tops[0]]]
    root, note = (own[0], "") if own else _taken(loss, y_pred, y_true)
    other = [name for name in open_tops if name not in PREDICTION]
    means = dict.fromkeys([*ALSO_LOSS, *(other if len(other) == 1 and not own else [])], root)
    return root, means | ({"ypred": y_pred} if y_pred is not None else {}), note


def _taken(loss: Loss, y_pred: Any, y_true: Any) -> tuple[Value, str]:
    """What L is taken to be where the code computes none, and a note that says so."""
    root = loss_function(loss)(y_pred, y_true)
    if not isinstance(root, Value):
        raise TypeError(say("the loss returned {kind}, not a Value", kind=type(root).__name__))
    said = loss if isinstance(loss, str) else getattr(loss, "__name__", "loss").strip("<>")
    return root, say(TAKEN, loss=f"{said}(y_pred, y_true)")


def _without_a_name(written: Mapping[str, object], y_true: Value) -> Value | None:
    """What is predicted where it has no name: what the target is taken from, in a derivative by it.

    As in `d_L_d_ypred = 2 * (w * x - y_true)`.
    """
    for name, node in written.items():
        by = {b for _, b in parts(name)}
        for n in reachable(node)[1] if isinstance(node, Value) and by & {*PREDICTION} else ():
            if n.operation.name == "sub" and y_true in n.inputs:
                return next((x for x in operands(n) if x is not y_true), None)
    return None


def _through(loss: Value, y_pred: Value | None) -> Value | None:
    """A loss by what is predicted: where it predicts anew, by that; None where it is of others."""
    leaves, inner = reachable(loss)
    if y_pred is None or y_pred in leaves or y_pred in inner or y_pred.operation is None:
        return loss
    twins: dict[Value, Value] = {
        n: y_pred for n in inner if n.data == y_pred.data and n.operation is y_pred.operation
    }
    if not twins:
        return None
    again = rebuild(loss, twins)
    again.label = loss.label
    return again


def _meant(known: Mapping[str, Value], usual: Iterable[str], but: Value | None) -> Iterator[Value]:
    """The nodes that have a usual name, except one: nothing is prediction and target at once."""
    return (known[name] for name in usual if name in known and known[name] is not but)


def _missing(y_pred: Value | None, values: Mapping[str, object]) -> str:
    names = listed(k for k, v in values.items() if isinstance(v, Value))
    return say(NO_PREDICTION if y_pred is None else NO_TARGET, names=names or say("none"))


NO_PREDICTION = (
    "no L is computed, and for loss= no local has a usual name of the prediction, y_pred; "
    "the names are {names}"
)
NO_TARGET = (
    "no L is computed, and for loss= no local has a usual name of the target, y_true; "
    "the names are {names}"
)


def _names(values: Mapping[str, Value], root: Value, means: Mapping[str, Value]) -> Names:
    nodes = {name: [node] for name, node in values.items()}
    taken = {plain(name) for name in nodes}
    leaves, inner = reachable(root)
    for node in leaves + inner:  # of a net that the code closes over
        if node.label and plain(node.label) not in taken:
            nodes.setdefault(node.label, []).append(node)
    taken = {plain(name) for name in nodes}
    return Names(nodes | {name: [node] for name, node in means.items() if name not in taken})
