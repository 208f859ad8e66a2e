"""What is tried: a suspect, what may be right in its place, and what the code writes with that.

The code runs on from there; a derivative that it then writes as a multiple of the gradient fits
where that multiple is the one it should have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.checking.by_value import Examined
from microgradnet.checking.found import Found
from microgradnet.checking.locally import is_slope
from microgradnet.checking.recognising import Forward, decayed, group_of, is_nothing, matched
from microgradnet.checking.substituting import clips_of_gradients, not_clipped
from microgradnet.tracing.events import Event, numbers_of
from microgradnet.tracing.replacing import Namespace
from microgradnet.tracing.rewriting import Edited

__all__ = [
    "NEAR",
    "constant_before",
    "constant_now",
    "could_be",
    "fits",
    "in_time",
    "is_exact",
    "is_same",
    "mended_by",
    "named_numbers",
    "names_at",
    "shaped",
    "suspects",
    "trials",
    "written_now",
]


NEAR = 1e-7  # of two constants that are one, relative: each is a sum of many products


def suspects(whole: Examined, wrong: Sequence[Found]) -> list[list[Found]]:
    """What may be wrong itself: first what is no gradient of what its name says, in run order.

    So is one by another constant than those before it. The same assignment in the rounds of a
    loop is one suspect. What nothing wrong is computed from is none.
    """
    groups: dict[object, list[Found]] = {}
    below = {
        x for nodes in reachable(*(x for one in wrong for x in one.event.nodes)) for x in nodes
    }
    leads = {group_of(f.event) for f in whole.found if not below.isdisjoint(f.event.value.flat)}
    for one in whole.found:
        known = not one.update and (group := group_of(one.event)) in leads
        if known and not is_slope(one.event, whole.points[0]):
            groups.setdefault(group, []).append(one)

    def rank(group: list[Found]) -> int:
        first = group[0]
        if first.ends:
            return 1
        if is_exact(first) and not first.right:
            return 0
        if any(f.match is None or (f.by and f.match.index not in f.by) for f in group):
            return 0
        before = constant_before(whole, first)
        usual = whole.constant if before is None else before
        return 2 if first.match and is_same(first.match.constant, usual) else 0

    def begin(group: list[Found]) -> int:  # of the rounds of a loop the first that is no gradient
        off = (f for f in group if f.match is None or (f.by and f.match.index not in f.by))
        return next(off, group[0]).event.index

    ranked = [(rank(group), begin(group), group) for group in groups.values()]
    ranked.sort(key=lambda r: (r[0], r[1] if r[0] < 2 else -r[1]))  # of what is right, the last
    return [group for _, _, group in ranked]


def is_exact(one: Found) -> bool:
    """Whether its name says that it is the derivative of the loss itself, no multiple of it."""
    return one.says is not None and one.says.of_loss


def mended_by(
    whole: Examined, group: list[Found], left: list[Found], put: Mapping[int, np.ndarray]
) -> tuple[list[Found], dict[int, np.ndarray]]:
    """What becomes right with what is right in the place of a suspect, and what that was."""
    others = [one for one in left if one not in group]
    intact = [one for one in whole.found if one.ends and one.right]
    best: tuple[list[Found], dict[int, np.ndarray]] = ([], {})
    for trial in trials(whole, group):
        now = written_now(whole, put={**put, **trial})
        if not now:
            continue
        mended = [one for one in others if fits(whole, one, now)]
        scaled = _scaled(whole, group, others, trial, now) if len(mended) < 2 else {}
        if scaled:
            trial, now = scaled, written_now(whole, put={**put, **scaled})
            mended = [one for one in others if fits(whole, one, now)]
        if len(mended) > len(best[0]) and all(fits(whole, one, now) for one in intact):
            best = mended, trial
            if len(mended) == len(others):
                break
    return best


def _scaled(
    whole: Examined,
    group: Sequence[Found],
    others: Sequence[Found],
    trial: Mapping[int, np.ndarray],
    now: Mapping[int, Event],
) -> dict[int, np.ndarray]:
    """A trial times what makes others right, as 1/m may come after it; nothing where none does.

    What comes before it has its constant already.
    """
    if len(others) < 2 or constant_before(whole, group[0]) is not None:
        return {}
    arrays = [one for one in others if one.event.value.size > 1] or others  # a number is any times
    constants = [constant_now(whole, one, now) for one in arrays]
    ratios = [float(f"{one.constant / c:.12g}") for one, c in zip(arrays, constants) if c]
    [(ratio, count)] = Counter(ratios).most_common(1) or [(0.0, 0)]
    return {index: ratio * right for index, right in trial.items()} if count > 1 else {}


def fits(whole: Examined, one: Found, now: Mapping[int, Event]) -> bool:
    """Whether what a run wrote there, if it came there, is right."""
    if one.event.index not in now:
        return False
    if _is_nothing(whole, one, now):
        return True
    constant = constant_now(whole, one, now)
    return constant is not None and is_same(constant, one.constant)


def _is_nothing(whole: Examined, one: Found, now: Mapping[int, Event]) -> bool:
    """Whether 0 is right at the point, and written: where all units above are off."""
    by = [*one.by, *([one.match.index] if one.match else [])][0]
    written = now[one.event.index].numbers
    if one.update:
        written = numbers_of(whole.points[0].forward[by].nodes) - written
    return is_nothing([written], by, whole.points[:1])


def constant_now(whole: Examined, one: Found, now: Mapping[int, Event]) -> float | None:
    """How many times the gradient a run wrote there, None where it is none."""
    point = whole.points[0]
    forward = point.forward[one.by[0] if one.by else one.match.index]  # type: ignore[union-attr]
    written = now[one.event.index].numbers
    if one.update:
        written = numbers_of(forward.nodes) - written
    match = matched([written], [forward.gradient])
    if match is None and not point.computed:  # with some of the parameter itself, as it decays
        pulled = decayed([written], [point], point.forward.index(forward))
        return None if pulled is None else pulled.constant
    return None if match is None or match[1] else match[0]


def constant_before(
    whole: Examined, one: Found, now: Mapping[int, Event] | None = None
) -> float | None:
    """The constant that the derivatives before have, a convention of the code; None for none.

    now: what a run wrote in which some were put right.
    """
    constant = None
    for other in whole.found:
        if other.event.index >= one.event.index:
            break
        if not other.update and not other.ends:
            match = other.match
            found = constant_now(whole, other, now) if now and (other.by or match) else None
            constant = found or (match.constant if match else constant)
    return constant


def is_same(x: float, y: float) -> bool:
    """Whether two constants are one, within rounding."""
    return abs(x - y) <= NEAR * max(abs(x), abs(y))


def written_now(
    whole: Examined, put: Mapping[int, np.ndarray], edited: Edited | None = None
) -> dict[int, Event]:
    """What is written with something put in or edited, by index; nothing where that fails."""
    first = whole.points[0]
    written = None if edited else whole.graph.written(put)
    if written is None:
        try:
            trace, _ = whole.rerun(first.trace.seed, put=put, edited=edited or {})
        except Exception:
            return {}
        written = trace.events, trace.clipped
    clips = clips_of_gradients(first.trace, {*reachable(first.loss)[0]})
    index = dict(zip(_nth(first.trace.events), range(len(first.trace.events))))
    nth = _nth(written[0])
    now = {index.get(nth[e.index], -1): e for e in not_clipped(*written, clips)}
    needed = (one for one in whole.found if one.ends or not edited)
    return now if all(one.event.index in now for one in needed) else {}


def _nth(events: Sequence[Event]) -> list[tuple[object, int]]:
    """What each is known by where an edit calls a function less: as the nth of its statement."""
    count = Counter[object]()
    found: list[tuple[object, int]] = []
    for event in events:
        found.append((event.statement.key, count[event.statement.key]))
        count[event.statement.key] += 1
    return found


def trials(whole: Examined, group: list[Found]) -> list[dict[int, np.ndarray]]:
    """What may be right in the place of a suspect: the gradients that it may have been meant as."""
    forward = whole.points[0].forward
    before = constant_before(whole, group[0])
    end = group[0].ends or all(one.by and forward[one.by[0]].leaf for one in group)  # `dW` of `W`
    constant = whole.constant if end or before is None else before
    targets: list[list[int]] = []
    named = group[0].by
    if len(group) == 1:
        alike = [k for k, f in enumerate(forward) if could_be(f, group[0].event)]
        order = [*named, *[k for k in alike if forward[k].name], *alike]
        targets += [[k] for k in dict.fromkeys(order)]
    elif len({one.event.shape for one in group}) > 1 and all(one.by for one in group):
        targets.append([one.by[0] for one in group])
    else:
        targets += in_time(forward, group, named)
    constants = [constant]
    if group[0].match is not None and not group[0].ends and before is None:
        constants.append(-group[0].match.constant)
    tried = [t for c in constants for ks in targets if (t := _put(forward, group, ks, c))]
    found = list({tuple(right.tobytes() for right in t.values()): t for t in tried}.values())
    first = group[0]
    as_before = first.match and before is not None and is_same(first.match.constant, before)
    if first.ends or not as_before:
        return found
    return [t for t in found if not _times(group, t)]  # its constant is that of those before


def _times(group: Sequence[Found], trial: Mapping[int, np.ndarray]) -> bool:
    """Whether what is put in the place of each is a multiple of what was written."""
    return all(matched([one.event.numbers], [trial[one.event.index]]) for one in group)


def in_time(
    forward: Sequence[Forward], group: Sequence[Found], named: Sequence[int]
) -> list[list[int]]:
    """Return what the rounds of a loop may be derivatives by: one a round, last first."""
    families: dict[str, list[int]] = {"": list(named)}
    shapes = {one.event.shape for one in group}
    for k, f in enumerate(forward):
        if f.name and f.nodes.shape in shapes:
            families.setdefault(re.sub(r"\[-?\d+\]", "", f.name), []).append(k)
    n = len(group)
    once = [
        list({tuple(map(id, forward[k].nodes.flat)): k for k in ks}.values())
        for ks in families.values()
    ]
    several = [sorted(ks) for ks in once if len(ks) >= n]
    return [order for ks in several for order in (ks[-n:][::-1], ks[-n:], ks[:n][::-1], ks[:n])]


def could_be(f: Forward, event: Event) -> bool:
    """Return whether a forward array may be what an event is by: it has its shape."""
    return bool(f.gradient.any()) and f.nodes.shape in (event.shape, event.shape[::-1])


def _put(
    forward: Sequence[Forward], group: Sequence[Found], ks: Sequence[int], constant: float
) -> dict[int, np.ndarray]:
    found = {}
    for one, k in zip(group, ks):
        gradient = forward[k].gradient
        if gradient.size != one.event.value.size and k not in one.by:
            return {}
        found[one.event.index] = constant * shaped(gradient, one.event)
    return found


def shaped(gradient: np.ndarray, event: Event) -> np.ndarray:
    """Return a gradient as it is written in the place of something."""
    shape = event.shape
    if gradient.shape != shape and gradient.T.shape == shape:
        return gradient.T
    return gradient.reshape(shape) if gradient.size == event.value.size else gradient


def named_numbers(whole: Examined) -> list[float]:
    """Return the numbers that have names where the first is updated: a rate is one of them."""
    updates = [one.event for one in whole.found if one.update]
    names = names_at(whole, updates[0]) if updates else {}
    return [float(x) for x in names.values() if isinstance(x, (int, float))]


def names_at(whole: Examined, event: Event) -> Namespace:
    """Return what there is where a statement is about to run."""
    found: Namespace = {}
    seed, step = whole.points[0].trace.seed, event.step
    whole.rerun(seed, put=whole.put, at_step=(step, lambda _, names: found.update(names)))
    return found
