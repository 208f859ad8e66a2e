"""The verdicts on a derivation in arrays: what is right put in the place of what is wrong."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.checking.by_value import SEEDS, Examined, Found, moved
from microgradnet.checking.editing import chain
from microgradnet.checking.edits import edits
from microgradnet.checking.recognising import (
    Forward,
    equal,
    group_of,
    is_renamed,
    is_slope,
    matched,
)
from microgradnet.tracing.rewriting import Statement
from microgradnet.tracing.running import Event, numbers_of

__all__ = ["mends", "settle"]

MOST = 150  # edits run from the start; 20 ms each for a recurrent net of four steps


def settle(whole: Examined) -> Examined:
    """Give each its verdict: ends by their constant, what is between by what comes of it."""
    ends = [one for one in whole.found if one.ends and not one.update]
    derivatives = [f for f in whole.found if f.match and not f.update]
    whole.constant = _common(whole, ends or derivatives)  # an update is a rate times one
    named = not whole.assumed and any(_is_exact(one) for one in whole.found)
    if ends and not any(one.match for one in ends):
        whole.constant = _constant_if_mended(whole, ends) or whole.constant
    if whole.exact or named:
        whole.constant = 1.0
    rates = _rates(whole)
    rate = rates[0] if rates else _usual_rate(whole)
    moves = any(one.match for one in whole.found if one.update)
    if not (rates or moves or ends) and (found := _rate_if_mended(whole)):
        rate, whole.constant, moves = abs(found), float(np.sign(found)), True
    if rate * whole.constant < 0.0:  # all moves up the gradient: that is no convention
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
    exact = [one for one in whole.found if named and _is_exact(one)]
    wrong = [one for one in whole.found if (one.ends or one in exact) and not one.right]
    wrong = _blame_local(whole, wrong)
    if wrong:
        _blame(whole, wrong)
    elif not any(one.blamed for one in whole.found):
        for one in whole.found:
            one.right = True
    for one in wrong:
        if not one.follows:
            one.blamed = True
    return whole


def _blame_local(whole: Examined, wrong: list[Found]) -> list[Found]:
    """Blame local derivatives, which nothing but themselves can spoil; return what is left."""
    bad = [one for one in whole.found if one.local is not None and not _is_right(one)]
    if not bad:
        return wrong
    for one in bad:
        one.blamed = True
        whole.put[one.event.index] = one.local[0]  # type: ignore[index]
    now = {event.index: event for event in whole.rerun(SEEDS[0], put=whole.put)[0].events}
    mended = [one for one in wrong if one.event.index in now and _fits(whole, one, now)]
    for one in mended:
        one.follows = [other.name for other in bad]
    return [one for one in wrong if one not in mended]


def _rates(whole: Examined) -> list[float]:
    """How far the updates move by the derivatives as they are written, the usual one first."""
    updates = [one for one in whole.found if one.update]
    several = len(whole.points) > 1  # one number is any other times a rate
    written = [f for f in whole.found if not f.update and (f.says or f.match)]
    written = [f for f in written if f.event.shape or several]
    rates: list[float] = []
    for one in updates:
        steps = [moved(point, one.event.index) for point in whole.points]
        for other in reversed(written):
            numbers = [point.events[other.event.index].numbers for point in whole.points]
            found = matched(steps, numbers)
            if found is not None and not found[1]:
                rates.append(found[0])
                break
    rates = rates or _rates_by_step(whole, updates) or _rates_by_entry(whole, updates)
    groups = Counter(float(f"{r:.7g}") for r in rates)
    return sorted(groups, key=lambda r: groups[r], reverse=True)


def _rates_by_step(whole: Examined, updates: Sequence[Found]) -> list[float]:
    """The same by the last derivative that each is computed from, where one rate is usual."""
    steps = [f for f in whole.found if f.match and not (f.update or f.ends)]
    rates: list[float] = []
    for one in updates:
        nodes = {*reachable(*(x for x in one.event.value.flat if isinstance(x, Value)))[1]}
        last = [f.match for f in steps if not nodes.isdisjoint(f.event.value.flat)][-1:]
        if one.match and last and last[0]:
            rates.append(float(f"{one.match.constant / last[0].constant:.7g}"))
    usual = Counter(rates).most_common(2)
    alone = len(usual) == 1 or (len(usual) == 2 and usual[0][1] > usual[1][1])
    return [usual[0][0]] if len(rates) > 1 and alone else []


def _rates_by_entry(whole: Examined, updates: Sequence[Found]) -> list[float]:
    """The same by entries, where a third of them at least moves at one rate: the rest is wrong."""
    ratios: list[float] = []
    total = 0
    for one in updates:
        each = []
        for point in whole.points[:2]:
            gradient = point.forward[one.by[0]].gradient
            with np.errstate(all="ignore"):
                each.append((moved(point, one.event.index) / gradient).ravel())
        total += len(each[0])
        steady = np.isclose(each[0], each[-1], rtol=1e-7, atol=0.0) & (each[0] != 0.0)
        ratios += [float(f"{r / whole.constant:.7g}") for r in each[0][steady]]
    [(usual, count)] = Counter(ratios).most_common(1) or [(0.0, 0)]
    return [usual] if count >= max(2, total / 3) and len(whole.points) > 1 else []


def _usual_rate(whole: Examined) -> float:
    """How far the updates move by the right derivatives."""
    updates = [one for one in whole.found if one.update]
    return _common(whole, updates) / whole.constant if updates else 1.0


def _rate_if_mended(whole: Examined) -> float:
    """How far all updates move, where one array put right makes all of them gradients; else 0.

    Where the first derivative of all is wrong, no update tells its rate as it stands.
    """
    updates = [one for one in whole.found if one.update]
    if len(updates) < 2:
        return 0.0
    for group in _suspects(whole):
        for trial in _trials(whole, group):
            now = _now(whole, put=trial)
            found = [_constant_now(whole, one, now) for one in updates] if now else [None]
            if found[0] is not None and all(c and _same(c, found[0]) for c in found):
                return found[0]
    return 0.0


def _constant_if_mended(whole: Examined, ends: Sequence[Found]) -> float:
    """The usual constant where one array put right makes most of the ends gradients; else 0.

    Where the first derivative of all is wrong, no end tells its constant as it stands.
    """
    best: list[float] = []
    for group in _suspects(whole):
        for trial in _trials(whole, group):
            now = _now(whole, put=trial)
            several = [_constant_now(whole, one, now) for one in ends if one.by] if now else []
            known = [c for c in several if c]
            best = known if len(known) > len(best) else best
            if len(best) == len(ends):
                return _usual(whole, best)
    return _usual(whole, best) if len(best) > 1 else 0.0


def _is_exact(one: Found) -> bool:
    """Whether its name says that it is the derivative of the loss itself, no multiple of it."""
    return one.says is not None and one.says.of_loss


def _is_right(one: Found, named: bool = False) -> bool:
    if one.local is not None:
        return equal(one.event.numbers, one.local[0])
    if one.match is None:
        return False
    if one.ends or (named and _is_exact(one)):
        by = not one.by or one.match.index in one.by
        return by and not one.match.transposed and _same(one.match.constant, one.constant)
    return True


def _same(x: float, y: float) -> bool:
    return abs(x - y) <= 1e-7 * max(abs(x), abs(y))


def _common(whole: Examined, several: Sequence[Found]) -> float:
    """The constant that most have."""
    return _usual(whole, [one.match.constant for one in several if one.match])


def _usual(whole: Examined, constants: Sequence[float]) -> float:
    """What most are; among equals 1, where the loss is computed, or a mean, or the nearest to 1."""
    groups = Counter(float(f"{c:.7g}") for c in constants)
    if not groups:
        return 1.0

    def rank(c: float) -> tuple[Any, ...]:
        means = [1.0, *(x for n in whole.batches() for x in (n, 1 / n))]
        exact = not whole.assumed and c == 1.0
        mean = any(_same(c, x) for x in means)
        return groups[c], exact, mean, -abs(np.log(abs(c))), c > 0

    best = max(groups, key=rank)
    return next(c for c in constants if float(f"{c:.7g}") == best)


def _blame(whole: Examined, wrong: list[Found]) -> None:
    """Find the first that is wrong itself: what is right put in its place mends what follows."""
    put = whole.put
    left = list(wrong)
    for group in _suspects(whole):
        if not left:
            return
        if _carried(whole, group) or _adds_up(whole, group, left):
            continue
        mended, trial = _mended(whole, group, left, put)
        if len(mended) > 1 or (mended and not _as_it_says(whole, group)):
            _put_right(whole, group, mended, trial)
            left = [one for one in left if one not in mended and one not in group]
    if len(left) > 1 and not _blame_by_edit(whole, left):
        _blame_carried(whole, left)


def _put_right(
    whole: Examined, group: list[Found], mended: list[Found], trial: dict[int, np.ndarray]
) -> None:
    """Blame a suspect, of which what it mended follows; it stays put right."""
    whole.put.update(trial)
    for one in group:
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
    now = _now(whole, put=whole.put) if whole.put else {}
    first = group[0]
    ends = first.ends or (first.match and whole.points[0].forward[first.match.index].leaf)
    usual = whole.constant if ends else _constant_before(whole, first, now)
    for one in group:
        written = now[one.event.index].numbers if now else one.event.numbers
        ks = one.by or ([one.match.index] if one.match else [])
        found = [matched([written], [whole.points[0].forward[k].gradient]) for k in ks]
        if not any(m and (usual is None or _same(m[0], usual)) for m in found):
            return False
    return True


def _blame_by_edit(whole: Examined, left: list[Found]) -> bool:
    """Find the statement that one small edit of mends all that is left.

    So is found what is no gradient even where it is right: a part of one, carried back in time.
    Return whether there is one.
    """
    intact = [one for one in whole.found if one.ends and one.right]
    tried = 0
    for one in _no_gradients(whole):
        for event in chain(one.event, whole.points[0]):
            names = _names_at(whole, event)
            for node, words in edits(event.statement.node, names):
                tried += 1
                if tried > MOST:
                    return False
                now = _now(whole, put=whole.put, edited={event.statement.key: node})
                if now and all(_fits(whole, other, now) for other in [*left, *intact]):
                    whole.found += [one] * (one not in whole.found)
                    for f in whole.found:  # in all rounds of a loop
                        if f.match is None and group_of(f.event) == group_of(one.event):
                            f.blamed, f.words = True, words
                    for other in left:
                        other.follows.append(one.name)
                    return True
    return False


def _blame_carried(whole: Examined, left: list[Found]) -> None:
    """Blame what is right in the first round of a loop only, where all others come right by it."""
    for group in _suspects(whole):
        if _carried(whole, group):
            mended, trial = _mended(whole, group, left, whole.put)
            if len(mended) == len([one for one in left if one not in group]):
                _put_right(whole, group, mended, trial)
                return


def mends(whole: Examined, one: Found, statement: Statement, edited: ast.stmt) -> bool:
    """Whether an edited statement makes right all that follows from what it wrote."""
    if (
        isinstance(edited, ast.Return)
        or sum(s is statement for s in whole.points[0].trace.reads) < 2
    ):
        return True
    own = {f.event.index for f in whole.found if f.name == one.name}
    put = {index: right for index, right in whole.put.items() if index not in own}
    ends = [f for f in whole.found if f.ends and (f.right or one.name in f.follows)]
    now = _now(whole, put=put, edited={statement.key: edited})
    return bool(now) and all(_fits(whole, f, now) for f in ends)


def _no_gradients(whole: Examined) -> list[Found]:
    """What is no gradient, one of each statement; so is what only gives one another name."""
    found = {one.event.index: one for one in whole.found}
    several: dict[Any, Found] = {}
    for index, event in whole.points[0].events.items():
        one = found.get(index) or Found(event, None, [], None, False)
        known = one.match is not None or one.ends or not _is_computed(event)
        if not known and (index in found or is_renamed(event)):
            several.setdefault(event.statement.key, one)
    return list(several.values())


def _is_computed(event: Event) -> bool:
    """Whether something is more than the zeros, or numbers, that a sum starts from."""
    return any(isinstance(x, Value) and x.inputs for x in event.value.flat)


def _carried(whole: Examined, group: Sequence[Found]) -> bool:
    """Whether the first round of a loop is right and a later one is not: it is carried there."""
    first = group[0].match
    if first is None or all(one.match for one in group):
        return False
    before = _constant_before(whole, group[0])
    same = before is None or _same(first.constant, before)
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


def _names_at(whole: Examined, event: Event) -> dict[str, Any]:
    """What there is where a statement is about to run."""
    found: dict[str, Any] = {}
    whole.rerun(SEEDS[0], put=whole.put, at_step=(event.step, lambda _, names: found.update(names)))
    return found


def _now(whole: Examined, **options: Any) -> dict[int, Event]:
    """What is written with something put in or edited, by index; nothing where that fails."""
    try:
        trace, _ = whole.rerun(SEEDS[0], **options)
    except Exception:
        return {}
    now = {e.index: e for e in trace.events}
    return now if all(one.event.index in now for one in whole.found) else {}


def _suspects(whole: Examined) -> list[list[Found]]:
    """What may be wrong itself: first what is no gradient of what its name says, in run order.

    So is one by another constant than those before it. The same assignment in the rounds of a
    loop is one suspect.
    """
    groups: dict[Any, list[Found]] = {}
    for one in whole.found:
        if not one.update and not is_slope(one.event, whole.points[0]):
            groups.setdefault(group_of(one.event), []).append(one)

    def rank(group: list[Found]) -> int:
        first = group[0]
        if first.ends:
            return 1
        if _is_exact(first) and not first.right:
            return 0
        if any(f.match is None or (f.by and f.match.index not in f.by) for f in group):
            return 0
        before = _constant_before(whole, first)
        usual = whole.constant if before is None else before
        return 2 if first.match and _same(first.match.constant, usual) else 0

    ranked = [(rank(group), k, group) for k, group in enumerate(groups.values())]
    ranked.sort(key=lambda r: (r[0], r[1] if r[0] < 2 else -r[1]))  # of what is right, the last
    return [group for _, _, group in ranked]


def _say_right(whole: Examined, one: Found, right: np.ndarray | None) -> None:
    """Keep what was found right in the place of what is blamed."""
    if right is None:
        return
    forward = whole.points[0].forward
    for k in [*one.by, *range(len(forward))]:
        found = matched([right], [forward[k].gradient])
        if found is not None:
            one.by, one.constant = [k], found[0]
            return


def _mended(
    whole: Examined, group: list[Found], left: list[Found], put: Mapping[int, np.ndarray]
) -> tuple[list[Found], dict[int, np.ndarray]]:
    """What becomes right with what is right in the place of a suspect, and what that was."""
    others = [one for one in left if one not in group]
    intact = [one for one in whole.found if one.ends and one.right]
    best: tuple[list[Found], dict[int, np.ndarray]] = ([], {})
    for trial in _trials(whole, group):
        now = _now(whole, put={**put, **trial})
        if not now:
            continue
        mended = [one for one in others if _fits(whole, one, now)]
        scaled = _scaled(whole, group, others, trial, now) if len(mended) < 2 else {}
        if scaled:
            trial, now = scaled, _now(whole, put={**put, **scaled})
            mended = [one for one in others if _fits(whole, one, now)]
        if len(mended) > len(best[0]) and all(_fits(whole, one, now) for one in intact):
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
    if len(others) < 2 or _constant_before(whole, group[0]) is not None:
        return {}
    constants = [_constant_now(whole, one, now) for one in others]
    ratios = [float(f"{one.constant / c:.12g}") for one, c in zip(others, constants) if c]
    [(ratio, count)] = Counter(ratios).most_common(1) or [(0.0, 0)]
    return {index: ratio * right for index, right in trial.items()} if count > 1 else {}


def _fits(whole: Examined, one: Found, now: Mapping[int, Event]) -> bool:
    """Whether what a run wrote there is right."""
    constant = _constant_now(whole, one, now)
    return constant is not None and _same(constant, one.constant)


def _constant_now(whole: Examined, one: Found, now: Mapping[int, Event]) -> float | None:
    """How many times the gradient a run wrote there, None where it is none."""
    point = whole.points[0]
    forward = point.forward[one.by[0] if one.by else one.match.index]  # type: ignore[union-attr]
    written = now[one.event.index].numbers
    if one.update:
        written = numbers_of(forward.nodes) - written
    match = matched([written], [forward.gradient])
    return None if match is None or match[1] else match[0]


def _trials(whole: Examined, group: list[Found]) -> list[dict[int, np.ndarray]]:
    """What may be right in the place of a suspect: the gradients that it may have been meant as."""
    forward = whole.points[0].forward
    before = _constant_before(whole, group[0])
    constant = whole.constant if group[0].ends or before is None else before
    targets: list[list[int]] = []
    named = group[0].by
    if len(group) == 1:
        alike = [k for k, f in enumerate(forward) if _could_be(f, group[0].event)]
        order = [*named, *[k for k in alike if forward[k].name], *alike]
        targets += [[k] for k in dict.fromkeys(order)]
    elif len({one.event.shape for one in group}) > 1 and all(one.by for one in group):
        targets.append([one.by[0] for one in group])
    else:
        targets += _in_time(forward, group, named)
    constants = [constant]
    if group[0].match is not None and not group[0].ends and before is None:
        constants.append(-group[0].match.constant)
    tried = [t for c in constants for ks in targets if (t := _put(forward, group, ks, c))]
    found = list({tuple(right.tobytes() for right in t.values()): t for t in tried}.values())
    first = group[0]
    as_before = first.match and before is not None and _same(first.match.constant, before)
    if first.ends or not as_before:
        return found
    return [t for t in found if not _times(group[0], t)]  # its constant is that of those before


def _times(one: Found, trial: Mapping[int, np.ndarray]) -> bool:
    """Whether what is put in the place of something is a multiple of what was written."""
    return matched([one.event.numbers], [trial[one.event.index]]) is not None


def _in_time(
    forward: Sequence[Forward], group: Sequence[Found], named: Sequence[int]
) -> list[list[int]]:
    """The arrays that the rounds of a loop may be derivatives by: one a round, last first."""
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


def _could_be(f: Forward, event: Event) -> bool:
    return bool(f.gradient.any()) and f.nodes.shape in (event.shape, event.shape[::-1])


def _put(
    forward: Sequence[Forward], group: Sequence[Found], ks: Sequence[int], constant: float
) -> dict[int, np.ndarray]:
    found = {}
    for one, k in zip(group, ks):
        gradient, shape = forward[k].gradient, one.event.shape
        if gradient.shape != shape and gradient.T.shape == shape:
            gradient = gradient.T
        same = gradient.size == one.event.value.size
        if not same and k not in one.by:
            return {}
        found[one.event.index] = constant * (gradient.reshape(shape) if same else gradient)
    return found


def _constant_before(
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
            found = _constant_now(whole, other, now) if now and (other.by or match) else None
            constant = found or (match.constant if match else constant)
    return constant
