"""Describe a loss, and compute the upstream gradient of one that the code does not compute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from microgradnet.autograd.gradient import grad
from microgradnet.autograd.value import Value
from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.carried_loss import Carried, penalties
from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.parameters import Group, Readers
from microgradnet.checking.finding.vocabulary import PREDICTION, TARGET, last_part, plain
from microgradnet.nn.losses import loss_function
from microgradnet.tape.entry import Entry, Place, Ref, filled, mapped, refs
from microgradnet.tape.replay import ancestors, dependents
from microgradnet.tape.tape import Stored, Tape
from microgradnet.words import say

ASSUMED = ("squared error", "binary cross-entropy", "cross-entropy")
LABELS = "cross-entropy of labels"
PULLED = "sum(out * dout)"  # the loss of a backward pass by itself
Formula = Callable[[Any, Any], Any]  # of a prediction and its target
NAMED = 3.0  # the prior of a number that is named as a loss


@dataclass(slots=True)
class Loss:
    """A loss that the moves may be gradients of.

    number: the entry that computes it, None if it is assumed; pairs: for an assumed loss, the entry
    of each prediction and the operand that is its target. proportions: the factor between each
    parameter's move and its gradient; factor: the most frequent one; votes: its count; shared: the
    share of the loss's operands that the moves depend on, too; is_wider: whether the loss takes
    other data or parameters than the moves, as that of an epoch does; formula: of a given loss;
    carried: the operations of a loss that the code computes at another time, at entry `origin`;
    is_added: whether the code adds what it moves by, so that a loss whose name is open may be
    climbed.
    """

    name: str
    number: int | None
    kind: str = ""
    pairs: list[tuple[int, Any]] = field(default_factory=list)
    proportions: list[float | None] = field(default_factory=list)
    factor: float | None = None
    votes: int = 0
    prior: float = 0.0
    place: Place | None = None
    shared: float = 0.0
    is_wider: bool = False
    formula: Formula | None = None
    origin: int = 0
    carried: Carried | None = None
    is_added: bool = False

    def seeds(self, values: Sequence[Any]) -> dict[int, Any]:
        """Return the upstream gradients of the entries that the loss consists of."""
        if self.number is not None:
            return {self.number: np.ones(np.shape(values[self.number]))}
        if self.carried is not None:
            return self.carried.seeds(values)
        pairs = [(p, values[p], filled(t, values)) for p, t in self.pairs]
        if self.formula is not None:
            return {p: given_upstream(self.formula, x, t) for p, x, t in pairs}
        return {p: assumed_upstream(self.kind, x, t) for p, x, t in pairs}

    @property
    def key(self) -> tuple[int | None, int, str, int]:
        """The same for the same loss, found again."""
        return self.number, self.origin, self.kind, id(self.place)

    @property
    def is_assumed(self) -> bool:
        """Whether the loss is neither computed nor given, but a guess, up to a factor."""
        if self.carried is not None:
            return self.carried.has_rows
        return self.number is None and self.formula is None and self.kind != PULLED

    @property
    def is_penalised(self) -> bool:
        """Whether it is a loss of another time that has a penalty for a parameter."""
        return self.carried is not None and bool(self.carried.penalised)

    @property
    def is_cost(self) -> bool:
        """Whether the loss is minimised; a number not named as a loss may be a likelihood."""
        return self.is_named and not (self.is_climbed and self.is_computed)

    @property
    def is_computed(self) -> bool:
        """Whether the code computes the loss, as a number or a sum of numbers."""
        return self.number is not None or self.carried is not None

    @property
    def is_named(self) -> bool:
        """Whether it is named as a loss or as an objective, or is no number of the code."""
        return self.prior >= NAMED or self.is_climbed or not self.is_computed

    @property
    def is_climbed(self) -> bool:
        """Whether a computed loss may be maximised, by its names or by the signs of the moves."""
        return any(map(vocabulary.is_likelihood, self._names)) or self.may_be_climbed

    @property
    def may_be_climbed(self) -> bool:
        """Whether the moves may go up, though nothing says that they should."""
        return self.is_added and any(map(vocabulary.is_open, self._names))

    @property
    def _names(self) -> tuple[str, str]:
        return self.name, self.place.function if self.place else ""

    def is_part_of(self, whole: Loss, entries: Sequence[Entry]) -> bool:
        """Whether another loss is computed from this one; for an assumed loss, that is possible."""
        is_open = self.number is None and self.carried is None
        return is_open or self.number in ancestors(entries, whole.ends())

    def has_log(self, entries: Sequence[Entry]) -> bool:
        """Whether it is computed with a logarithm, as a cross-entropy is."""
        return any(row(entries[n]).startswith("log") for n in ancestors(entries, self.ends()))

    def at(self, at: Sequence[int]) -> Loss:
        """Return the loss for another tape. at: the numbers of its entries."""
        number = None if self.number is None else at[self.number]
        pairs = [
            (at[p], mapped(t, lambda x: Ref(at[x]) if type(x) is Ref else x)) for p, t in self.pairs
        ]
        carried = None if self.carried is None else self.carried.at(at)
        return replace(self, number=number, pairs=pairs, carried=carried)

    def ends(self) -> list[int]:
        """Return the entries that the loss consists of."""
        if self.carried is not None:
            return self.carried.ends
        return [self.number] if self.number is not None else [p for p, _ in self.pairs]

    def met(self) -> list[int]:
        """Return the entries that the loss consists of, and the targets that they meet."""
        return [*self.ends(), *refs([target for _, target in self.pairs])]


def named_loss(loss: str | Formula | None) -> tuple[str, Formula] | None:
    """Return the name and the formula of a loss; None for None.

    loss: "mse" or another name, or a function of a prediction and its target. Raises ValueError,
    listing the known names, for another name.
    """
    if loss is None:
        return None
    if not isinstance(loss, str):
        return say("{name}(y_pred, y_true)", name=getattr(loss, "__name__", "loss")), loss
    formula = loss_function(loss)

    def by_rows(prediction: Any, target: Any) -> Any:
        if np.ndim(prediction) < 2:
            return formula(prediction, target)
        several = [by_rows(p, t) for p, t in zip(prediction, target)]
        return sum(several[1:], several[0]) / len(several)

    return say("{name}(y_pred, y_true)", name=loss), by_rows


def prediction_and_target(
    stores: Iterable[Stored], inside: set[int], end: int
) -> tuple[int, Any] | None:
    """Return the entries that are named as a prediction and its target, the first of a run.

    inside: the entries that depend on the parameters or the arguments; end: later entries do not
    matter.
    """
    predictions, targets = dict[int, int](), dict[int, int]()
    for stored in stores:
        name = plain(last_part(stored.text))
        for known, found in ((PREDICTION, predictions), (TARGET, targets)):
            if name in known and stored.number < end:
                found.setdefault(known.index(name), stored.number)
    wanted = [n for k, n in sorted(targets.items()) if n not in predictions.values()]
    made = [n for k, n in sorted(predictions.items()) if n in inside and n not in wanted]
    return (made[0], Ref(wanted[0])) if made and wanted else None


def given_upstream(formula: Formula, prediction: Any, target: Any) -> Any:
    """Return the gradient of a given loss by the prediction."""
    prediction = np.asarray(prediction, dtype=float)
    nodes = np.empty(prediction.shape, dtype=object)
    nodes.ravel()[:] = leaves = [Value(float(x)) for x in prediction.ravel()]
    wanted = np.asarray(target, dtype=float) if prediction.ndim else float(target)
    loss = formula(nodes if prediction.ndim else leaves[0], wanted)
    return np.reshape([g.data for g in grad(loss, leaves)], prediction.shape)


def assumed_upstream(kind: str, prediction: Any, target: Any) -> Any:
    """Return the gradient of an assumed loss by the prediction; p - t for the squared error.

    target: for a backward pass alone it is the upstream gradient itself.
    """
    p, t = np.asarray(prediction, dtype=float), np.asarray(target, dtype=float)
    if np.broadcast_shapes(p.shape, t.shape) != p.shape:
        t = t.reshape(p.shape) if t.size == p.size else np.full(p.shape, t.mean())
    if kind == PULLED:
        return t
    if kind == "squared error":
        return p - t
    with np.errstate(all="ignore"):  # a prediction of 0 is none of these losses
        if kind == LABELS:  # t is p less 1 at the labels
            return (t - p) / p
        return -t / p if kind == "cross-entropy" else (p - t) / (p * (1 - p))


def less_one_hot(entries: Sequence[Entry], entry: Entry) -> int | None:
    """Return the probabilities that an entry subtracts 1 from at the labels; None for others."""
    if entry.aside or row(entry) != "setitem" or type(entry.args[2]) is not Ref:
        return None
    less, p = entries[entry.args[2]], entry.args[0]
    if row(less) != "subtract" or type(less.args[0]) is not Ref or not entry.shape:
        return None
    one, read = less.args[1], entries[less.args[0]]
    one = entries[one].value if type(one) is Ref else one
    is_read = row(read) == "getitem" and read.args[0] == p
    return int(p) if is_read and np.ndim(one) == 0 and one == 1 else None


def called(entry: Entry) -> str:
    """Return the name of a number, else its formula."""
    return [entry.place.text, *(x for x in entry.names if x.strip("_"))][-1]


def is_begun(loss: Loss, several: Sequence[Loss], entries: Sequence[Entry]) -> bool:
    """Whether a loss is only a partial sum of another, or has yet to be divided to be it.

    With many optimizers, no loss has a vote, since the moves are gradients of none; of two with
    the same votes one is a multiple of the other.
    """
    whole = [f for f in several if f.votes >= loss.votes and (f.votes or f.place is loss.place)]
    return any(f is not loss and loss.is_part_of(f, entries) for f in whole)


def with_whole(
    found: list[Loss],
    named: Sequence[Loss],
    entries: Sequence[Entry],
    own: set[int],
    given: Collection[int],
) -> list[Loss]:
    """Return the losses, preceded by one that the likeliest is only a part or a measure of."""
    other = denied(found, entries)
    if other is not None and found[0].kind == ASSUMED[0] and other.has_log(entries):
        return [other, *found]  # a log loss is trained; squared errors beside it are only printed
    for f in named:
        is_more = f.votes > found[0].votes or f.number == found[0].number
        if is_more or not found[0].is_part_of(f, entries):
            continue
        forward = ancestors(entries, f.ends(), given) - own
        several = [entries[n] for n in sorted(forward)]
        terms = penalties(several, entries, f.ends(), own, given).keys() - {f.number}
        if not ancestors(entries, found[0].ends()).issuperset(terms):
            return [f, *found]
    return found


def last_resort(found: Sequence[Loss], used_by: Readers) -> list[Loss]:
    """Return the only number of a step that no other candidate is computed from; else []."""
    numbers = {f.number for f in found}
    last = [f for f in found if f.number is not None and numbers.isdisjoint(used_by[f.number])]
    return last if len(last) == 1 else []


def denied(found: Sequence[Loss], entries: Sequence[Entry]) -> Loss | None:
    """Return a loss that the code computes, but that fewer moves are gradients of.

    A mean of absolute errors is only a printed measure, and a signed error is no loss, or any
    number that the moves are computed from.
    """
    if not found or found[0].number is not None or found[0].carried or not found[0].votes:
        return None
    for loss in found:
        if loss.number is None or loss.prior <= NAMED or loss.votes >= found[0].votes:
            continue
        near = [row(entries[n]) for n in sorted(ancestors(entries, [loss.number]))[-8:]]
        if "abs" not in near and row(entries[loss.number]) != "subtract":
            return loss
    return None


def pulled(tape: Tape, given: Sequence[int]) -> Iterator[Loss]:
    """Yield the loss of a backward pass alone: the output times its upstream gradient."""
    arguments = Counter(s.frame for s in tape.stores if s.place.kind == "argument")
    for s in tape.stores:
        is_only = arguments[s.frame] == 1 and vocabulary.is_backward(s.place.function)
        is_argument = s.place.kind == "argument" and s.number in given
        if is_argument and (is_only or vocabulary.is_upstream(s.text)):
            before = [several[0] for _, several in tape.returns if max(several) < s.number]
            kept = (t.number for t in tape.stores if t.text.startswith("self.") and not before)
            before += [n for n in kept if n < s.number and not tape.entries[n].is_source]
            alike = [n for n in before if tape.entries[n].shape == tape.entries[s.number].shape]
            for out in alike[-1:]:
                yield Loss(PULLED, None, PULLED, [(out, Ref(s.number))], prior=NAMED, place=s.place)


def measured(group: Group) -> Iterator[Loss]:
    """Yield the log losses that the code computes from its parameters, in a step or elsewhere."""
    return (loss for loss in named_ones(group) if loss.has_log(group.tape.entries))


def named_ones(group: Group, is_named: bool = True) -> Iterator[Loss]:
    """Yield the numbers named as a loss that depend on the parameters, at any time.

    If not is_named, those that functions return, by any name.
    """
    tape = group.tape
    below = dependents([v for p in group.parameters for v in p.versions], group.used_by)
    returns = [(p, n) for p, several in tape.returns for n in several]
    named = {n: p for p, n in returns if not is_named or vocabulary.is_loss(p.function)}
    stores = tape.stores if is_named else ()
    named |= {s.number: s.place for s in stores if vocabulary.is_loss(s.text)}
    for n, place in named.items():
        entry = tape.entries[n]
        if n in below and entry.kind == "f" and np.size(entry.value) == 1:
            yield Loss(place.function or entry.names[-1], n, place=place, origin=n)
