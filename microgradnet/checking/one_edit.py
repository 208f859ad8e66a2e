"""One small edit of a statement that mends all that is left: there is the mistake."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import zip_longest

from microgradnet.checking.by_value import Examined
from microgradnet.checking.editing import chain
from microgradnet.checking.edits import edits
from microgradnet.checking.found import Found
from microgradnet.checking.recognising import equal, group_of, is_renamed
from microgradnet.checking.trying import constant_now, fits, names_at, written_now
from microgradnet.tracing.events import Event, is_computed
from microgradnet.tracing.rewriting import Statement

__all__ = ["blame_by_edit", "mends"]

MOST, WORK = 300, 300_000  # edits run from the start; numbers written, and ten a statement: 2 s


def blame_by_edit(whole: Examined, left: list[Found]) -> bool:
    """Blame the statement that one small edit of mends all that is left; return whether one does.

    So is found what is no gradient even where it is right: a part of one, carried back in time.
    """
    intact = [one for one in whole.found if one.ends and one.right]
    trace = whole.points[0].trace
    numbers = sum(event.value.size for event in trace.events)
    most = min(MOST, WORK // (10 * len(trace.reads) + numbers))
    for _, (one, event, node, words) in zip(range(most), _edits(whole)):
        now = written_now(whole, put=whole.put, edited={event.statement.key: node})
        if now and all(fits(whole, other, now) for other in [*left, *intact]):
            whole.found += [one] * (one not in whole.found)
            one = next((f for f in _written_with(whole, one) if _changes(f, now)), one)
            for f in whole.found:  # in all rounds of a loop
                if f.match is None and group_of(f.event) == group_of(one.event):
                    f.blamed, f.words, f.writer = True, words, event
                    is_whole = f.by and f.event.index in now and constant_now(whole, f, now)
                    f.by = f.by if is_whole else []  # else a part of what it says
            for other in left:
                other.follows.append(one.name)
            return True
    return False


def mends(whole: Examined, one: Found, statement: Statement, edited: ast.stmt) -> bool:
    """Whether an edited statement makes right all that follows from what it wrote."""
    if sum(s is statement for s in whole.points[0].trace.reads) < 2:
        return True
    own = {f.event.index for f in whole.found if f.name == one.name}
    put = {index: right for index, right in whole.put.items() if index not in own}
    ends = [f for f in whole.found if f.ends and (f.right or one.name in f.follows)]
    now = written_now(whole, put=put, edited={statement.key: edited})
    return bool(now) and all(fits(whole, f, now) for f in ends)


def _written_with(whole: Examined, one: Found) -> list[Found]:
    """What the statement of something writes that is no gradient: of a tuple each part."""
    key = one.event.statement.key
    return [f for f in whole.found if f.match is None and f.event.statement.key == key]


def _changes(one: Found, now: Mapping[int, Event]) -> bool:
    event = now.get(one.event.index)
    return event is not None and not equal(event.numbers, one.event.numbers)


def _edits(whole: Examined) -> Iterator[tuple[Found, Event, ast.stmt, str]]:
    """The edits of all that is no gradient: the first of each statement, then the second."""

    def of(one: Found, event: Event) -> Iterator[tuple[Found, Event, ast.stmt, str]]:
        for node, words in edits(event.statement.node, names_at(whole, event)):
            yield one, event, node, words

    several = [(one, chain(one.event, whole.points[0])) for one in _no_gradients(whole)]
    for together in zip_longest(*(of(one, event) for one, events in several for event in events)):
        yield from (edit for edit in together if edit is not None)


def _no_gradients(whole: Examined) -> list[Found]:
    """What is no gradient, one of each statement; so is what only gives one another name."""
    found = {one.event.index: one for one in whole.found}
    several: dict[object, Found] = {}
    for index, event in whole.points[0].events.items():
        one = found.get(index) or Found(event, None, [], None, False)
        known = one.match is not None or one.ends or not is_computed(event.value)
        if not known and (index in found or is_renamed(event)):
            several.setdefault(event.statement.key, one)
    return list(several.values())
