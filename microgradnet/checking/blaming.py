"""The verdicts on a derivation in arrays: what is right put in the place of what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.by_value import Examined
from microgradnet.checking.explaining import Explanation, explained, meant
from microgradnet.checking.found import Found
from microgradnet.checking.one_edit import blame_by_edit
from microgradnet.checking.recognising import equal, group_of, matched
from microgradnet.checking.trying import (
    constant_before,
    fits,
    is_exact,
    is_same,
    mended_by,
    shaped,
    suspects,
    written_now,
)
from microgradnet.checking.voting import (
    common,
    constant_if_mended,
    rate_if_mended,
    rates_written,
    usual_rate,
)
from microgradnet.tracing.events import Event

__all__ = ["afresh", "settle", "spoilt_by", "used_nodes", "weigh"]


def settle(whole: Examined) -> Examined:
    """Give each its verdict: ends by their constant, what is between by what comes of it.

    Where that takes several lines, or leaves open what is wrong, the fewest that explain all do.
    """
    other, third = afresh(whole), afresh(whole)
    updates = any(one.update for one in whole.found)
    searched = _settle(whole)
    dropped = updates and not any(one.update for one in whole.found)
    blamed = _blamed_lines(whole)
    still_open = (blamed or dropped) and _is_open(whole)
    if (len(blamed) > 1 or still_open) and _explained(other, dropped):
        for_nothing = bool(blamed) and blamed < _blamed_lines(other) and _is_open(other)
        if not for_nothing:
            _take(whole, other)
    many = len(_blamed_lines(whole)) > 1
    if many and not searched:
        wrong = _blame_local(third, weigh(third))
        if len(wrong) > 1 and blame_by_edit(third, wrong):
            _take(whole, third)
    return whole


def afresh(whole: Examined) -> Examined:
    """Return what was found, with nothing said of it yet."""
    return replace(whole, found=[replace(one, follows=[]) for one in whole.found], put={})


def _take(whole: Examined, other: Examined) -> None:
    whole.found, whole.put, whole.note = other.found, other.put, other.note
    whole.constant = other.constant


def _blamed_lines(whole: Examined) -> set[object]:
    return {(one.update, *group_of(one.event)) for one in whole.found if one.blamed}


def _is_open(whole: Examined) -> bool:
    """Whether something neither is a gradient, as it is called, nor goes into or follows one.

    So is one by another constant than those before it, where nothing is right by it.
    """
    used, by_ends = used_nodes(whole), used_nodes(whole, ends=True)
    forward = whole.points[0].forward

    def open_still(one: Found) -> bool:
        of, numbers = meant(whole, one), one.event.value.flat
        if one.blamed:  # as something else than what its name says
            nodes = {id(x) for k in of for x in forward[k].nodes.flat}
            return bool(of and one.by) and nodes.isdisjoint(map(id, forward[one.by[0]].nodes.flat))
        if one.match:
            return by_ends.isdisjoint(numbers) and _is_odd(whole, one)
        called = one.says or of
        return bool(called) and used.isdisjoint(numbers) and not spoilt_by(whole, one)

    return any(
        open_still(one)
        for one in whole.found
        if not (one.follows or one.ends or one.update or one.local)
    )


def _is_odd(whole: Examined, one: Found) -> bool:
    """Whether a constant is neither that before nor a mean of it."""
    before = constant_before(whole, one)
    if one.match is None or before is None:
        return False
    usual = [before, *(c for n in whole.batches() for c in (before * n, before / n))]
    return not any(is_same(one.match.constant, c) for c in usual)


def spoilt_by(whole: Examined, one: Found) -> list[Found]:
    """Return what is wrong that something is computed from."""
    leaves, inner = reachable(*one.event.nodes)
    nodes = {*leaves, *inner}
    wrong = [f for f in whole.found if f.blamed and f is not one and not f.update]
    return [f for f in wrong if not nodes.isdisjoint(f.event.value.flat)]


def used_nodes(whole: Examined, ends: bool = False) -> set[Value]:
    """Return the nodes of the gradients that are right, and of what they are computed from.

    ends: of those by parameters alone.
    """
    right = [f for f in whole.found if f.match and not (f.blamed or f.follows)]
    right = [f for f in right if f.ends or not ends]
    known = [one.event.value.flat for one in right]
    leaves, inner = reachable(*(x for values in known for x in values if isinstance(x, Value)))
    return {*leaves, *inner}


def _explained(whole: Examined, dropped: bool) -> bool:
    """Blame the fewest lines that explain all that is wrong; return whether that can be told.

    dropped: whether the updates are not plain as they stand: then all of them have to come right,
    and where the loss is assumed, by which a derivative may be right that is none of another.
    """
    note, several = whole.note, list(whole.found)
    _blame_local(whole, weigh(whole))
    whole.note, whole.found = note, several
    named = not whole.assumed and any(is_exact(one) for one in several)
    e = explained(whole, whole.exact or named, dropped or whole.assumed)
    if e is None:
        return False
    _as_explained(whole, e, named)
    return True


def _as_explained(whole: Examined, e: Explanation, named: bool) -> None:
    """Blame the lines that an explanation says are wrong; what else is not right follows."""
    whole.constant = e.ends
    for one in whole.found:
        one.constant, blamed = e.constant(one), one in e.wrong
        one.right = not blamed and (not one.ends or _is_right(one, named))
    for one in e.wrong:
        one.blamed, one.by = True, [e.aims[one.event.index]]
        if not one.update:
            gradient = whole.points[0].forward[one.by[0]].gradient
            whole.put[one.event.index] = shaped(one.constant * gradient, one.event)
    for one in whole.found:
        if one.ends and not (one.right or one.blamed or one.follows):
            before = [f for f in whole.found if f.blamed and f.event.index < one.event.index]
            one.follows = [f.name for f in spoilt_by(whole, one) or before]


def _settle(whole: Examined) -> bool:
    """Give each its verdict; return whether an edit was looked for that mends all, in vain."""
    wrong = _blame_local(whole, weigh(whole))
    searched = bool(wrong) and _blame(whole, wrong)
    if not wrong and not any(one.blamed for one in whole.found):
        for one in whole.found:
            one.right = True
    for one in wrong:
        if not one.follows:
            one.blamed = True
    return searched


def weigh(whole: Examined) -> list[Found]:
    """Find the constants that all have, and which are right with them; return what is wrong."""
    ends = [one for one in whole.found if one.ends and not one.update]
    derivatives = [f for f in whole.found if f.match and not f.update]
    moved = {id(old.nodes.flat[0]) for _, old in whole.points[0].updates.values()}
    forward = whole.points[0].forward
    last = [f for f in derivatives if f.match and id(forward[f.match.index].nodes.flat[0]) in moved]
    whole.constant = common(whole, ends or last or derivatives)  # an update is a rate times one
    named = not whole.assumed and any(is_exact(one) for one in whole.found)
    if ends and not any(one.match for one in ends):
        whole.constant = constant_if_mended(whole, ends) or whole.constant
    if whole.exact or named:
        whole.constant = 1.0
    rates = rates_written(whole)
    rate = rates[0] if rates else usual_rate(whole)
    moves = any(one.match for one in whole.found if one.update)
    if not (rates or moves or ends) and (found := rate_if_mended(whole)):
        rate, whole.constant, moves = abs(found), float(np.sign(found)), True
    elif rates and not (moves or ends or last or whole.exact or named):
        whole.constant = rate_if_mended(whole) / rate or whole.constant
    up = rate * whole.constant < 0.0
    if up != whole.climbed:  # all moves up the gradient: that is no convention
        if ends and whole.constant > 0.0:
            rate = -rate
        else:
            whole.constant = -whole.constant
    for one in whole.found:
        one.constant = rate * whole.constant if one.update else whole.constant
        one.right = _is_right(one, named)
    known = ends or any(one.match for one in whole.found if not one.update)
    if known and not rates and not moves:
        whole.drop_updates()
    exact = [one for one in whole.found if named and is_exact(one)]
    return [one for one in whole.found if (one.ends or one in exact) and not one.right]


def _blame_local(whole: Examined, wrong: list[Found]) -> list[Found]:
    """Blame local derivatives, which nothing but themselves can spoil; return what is left."""
    bad = [one for one in whole.found if one.local is not None and not _is_right(one)]
    if not bad:
        return wrong
    for one in bad:
        one.blamed = True
        whole.put[one.event.index] = one.local[0]  # type: ignore[index]
    now = written_now(whole, put=whole.put)
    mended = [one for one in wrong if one.event.index in now and fits(whole, one, now)]
    for one in mended:
        one.follows = [other.name for other in bad]
    return [one for one in wrong if one not in mended]


def _is_right(one: Found, named: bool = False) -> bool:
    if one.local is not None:
        return equal(one.event.numbers, one.local[0])
    if one.match is None:
        return False
    if one.ends or (named and is_exact(one)):
        by = not one.by or one.match.index in one.by
        return by and not one.match.transposed and is_same(one.match.constant, one.constant)
    return True


def _blame(whole: Examined, wrong: list[Found]) -> bool:
    """Find the first that is wrong itself: what is right put in its place mends what follows.

    Return whether an edit was looked for that mends all of it, and there is none.
    """
    put = whole.put
    left = list(wrong)
    for group in _sole_first(whole, suspects(whole, left), left):
        if not left:
            return False
        if _carried(whole, group) or _adds_up(whole, group, left):
            continue
        mended, trial = mended_by(whole, group, left, put)
        if len(mended) > 1 or (mended and not _as_it_says(whole, group)):
            _put_right(whole, group, mended, trial)
            left = [one for one in left if one not in mended and one not in group]
    if len(left) < 2 or blame_by_edit(whole, left):
        return False
    _blame_carried(whole, left)
    return left == wrong


def _sole_first(whole: Examined, groups: list[list[Found]], left: list[Found]) -> list[list[Found]]:
    """The suspects; first, where there is one, the first that is off and mends all by itself.

    Or that is a gradient, but not by what a delta is: `delta = y - p`, its slope left out.
    """
    off = [g for g in groups if any(f.match is None for f in g) and not _carried(whole, g)]
    deltas = [g for g in groups if g not in off and "delta" in g[0].name]
    for group in (*off, *deltas):
        others = [one for one in left if one not in group]
        mended, _ = mended_by(whole, group, left, whole.put)
        if len(mended) == len(others) > 1:
            return [group, *(g for g in groups if g is not group)]
    return groups


def _put_right(
    whole: Examined, group: list[Found], mended: list[Found], trial: dict[int, np.ndarray]
) -> None:
    """Blame a suspect, of which what it mended follows; it stays put right."""
    whole.put.update(trial)
    for one in group:
        if one.ends and one.right:
            continue  # a round of the loop that came out right
        one.blamed, one.right = True, False
        _say_right(whole, one, trial.get(one.event.index))
    for one in mended:
        one.follows.append(group[0].name)


def _as_it_says(whole: Examined, group: Sequence[Found]) -> bool:
    """Whether each is the derivative that its name says: then a single end is wrong itself.

    A delta is the one before the activation, whose name it has. What was put right before counts.
    """
    if "delta" in group[0].name:
        return False
    now = written_now(whole, put=whole.put) if whole.put else {}
    first = group[0]
    ends = first.ends or (first.match and whole.points[0].forward[first.match.index].leaf)
    usual = whole.constant if ends else constant_before(whole, first, now)
    for one in group:
        written = now[one.event.index].numbers if now else one.event.numbers
        ks = one.by or ([one.match.index] if one.match else [])
        found = [matched([written], [whole.points[0].forward[k].gradient]) for k in ks]
        if not any(m and (usual is None or is_same(m[0], usual)) for m in found):
            return False
    return True


def _blame_carried(whole: Examined, left: list[Found]) -> None:
    """Blame what is right in the first round of a loop only, where all others come right by it."""
    for group in suspects(whole, left):
        if _carried(whole, group):
            mended, trial = mended_by(whole, group, left, whole.put)
            if len(mended) == len([one for one in left if one not in group]):
                _put_right(whole, group, mended, trial)
                return


def _carried(whole: Examined, group: Sequence[Found]) -> bool:
    """Whether the first round of a loop is right and a later one is not: it is carried there."""
    first = group[0].match
    if first is None or all(one.match for one in group):
        return False
    before = constant_before(whole, group[0])
    same = before is None or is_same(first.constant, before)
    later = next(one for one in group if one.match is None)
    return same and _is_between(whole, group[0].event, later.event)


def _is_between(whole: Examined, first: Event, later: Event) -> bool:
    """Whether something that is no gradient is computed from one and goes into the other."""
    known = {f.event.index for f in whole.found if f.match}
    start, end = set(first.value.flat), {*reachable(*later.value.flat)[1]}
    for index, event in whole.points[0].events.items():
        if (
            first.index < index < later.index
            and index not in known
            and start != {*event.value.flat}
        ):
            nodes = {*reachable(*event.value.flat)[1]}
            if not start.isdisjoint(nodes) and not end.isdisjoint(event.value.flat):
                return True
    return False


def _adds_up(whole: Examined, group: Sequence[Found], left: Sequence[Found]) -> bool:
    """Whether the rounds of a loop are the parts of what is right, and so are right themselves."""
    numbers = [one.event.numbers for one in group]
    if len(group) < 2 or len({x.shape for x in numbers}) > 1:
        return False
    total = np.sum(numbers, axis=0)
    rights = [whole.right_of(one) for one in left if not one.update and one not in group]
    return any(right is not None and matched([total], [right]) for right in rights)


def _say_right(whole: Examined, one: Found, right: np.ndarray | None) -> None:
    """Keep what was found right in the place of what is blamed.

    One number is any other times a constant: of such it is that by the constant of the others.
    """
    if right is None:
        return
    forward = whole.points[0].forward
    order = [*one.by, *range(len(forward))]
    found = {k: m[0] for k in order if (m := matched([right], [forward[k].gradient]))}
    usual = [whole.constant, constant_before(whole, one) or whole.constant]
    as_usual = [k for k, c in found.items() if any(is_same(c, x) for x in usual)]
    for k in (as_usual if right.size == 1 else [])[:1] or [*found][:1]:
        one.by, one.constant = [k], found[k]
