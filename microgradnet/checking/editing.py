"""The mistake in words: the one small edit of the statement that makes it right.

Every edit is run where the statement stands: what is said is true, since that edit mends it.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from microgradnet.checking.by_value import Examined
from microgradnet.checking.edits import edits
from microgradnet.checking.parts import apart
from microgradnet.checking.recognising import Point, equal
from microgradnet.tracing.arrays import noting
from microgradnet.tracing.events import Event, held_parts, numbers_of
from microgradnet.tracing.parsing import parse
from microgradnet.tracing.replacing import Namespace
from microgradnet.tracing.rewriting import Statement

__all__ = ["by_edit", "chain", "fitting_edits"]

Test = Callable[[np.ndarray], bool]

ENOUGH = 5  # edits that fit at the first point
MOST = 400  # edits that are tried for one mistake; 0.1 to 1 ms each


def by_edit(
    whole: Examined,
    events: Sequence[Event],
    rights: Sequence[np.ndarray],
    seeds: Sequence[int],
    mends: Callable[[Statement, ast.stmt], bool] = lambda *edit: True,
) -> tuple[str, Event | None]:
    """Return the mistake in words, and where it stands; "" where no one edit makes it right.

    whole: runs the code again; events: those that wrote it; rights: what is right there, at the
    first points, whose seeds are `seeds`; mends: whether a statement, edited so, makes right what
    else it spoils, as it does in the other rounds of a loop.
    """
    tests = [functools.partial(_is, right=right) for right in rights]
    for k, node, words in fitting_edits(whole, events, tests, seeds):
        if mends(events[k].statement, node):
            return words, events[k]
    return "", None


def _is(written: np.ndarray, right: np.ndarray) -> bool:
    return equal(written.ravel(), right.ravel())


def fitting_edits(
    whole: Examined, events: Sequence[Event], tests: Sequence[Test], seeds: Sequence[int]
) -> list[tuple[int, ast.stmt, str]]:
    """Return the edits of what wrote something that make it right, and what each says.

    events: those that wrote it, of which an edit has one, told by its number; tests: whether what
    is written then is right, at the points whose seeds are `seeds`.
    """
    if len({e.statement.number for e in events}) < len(events):
        return []  # summed in a loop: no one place where it is made
    only: list[tuple[tuple[int, str], str]] | None = None
    for test, seed in zip(tests, seeds):
        attempt = _Attempt(events, test, only)
        put = whole.put if seed == seeds[0] else {}
        whole.rerun(seed, put=put, at_step=(events[0].step, attempt))
        only = attempt.fitting
        if not only:
            return []
    return [(k, parse(text).body[0], words) for (k, text), words in only or ()]


def chain(event: Event, point: Point) -> list[Event]:
    """Return the events that wrote something, from where it was made to the last that changed it.

    >>> # dZ1 = dA1.copy(); dZ1[Z1 <= 0] = 0: both
    """
    events = [event]
    earlier = [e for e in point.trace.events if e.name == event.name and e.index < event.index]
    for other in reversed(earlier):
        if not events[0].goes_on or other.statement.function != event.statement.function:
            break
        events.insert(0, other)
    return events


RETURNED = "_returned"


class _Attempt:
    """Tries edits where the first statement is about to run; keeps those that make it right."""

    def __init__(
        self,
        events: Sequence[Event],
        test: Test,
        only: list[tuple[tuple[int, str], str]] | None,
    ) -> None:
        self.statements = [e.statement for e in events]
        self.name, self.test, self.only = events[-1].name, test, only
        named = [name for name, _ in held_parts(events[-1].statement.node)]
        self.part = named.index(self.name) if self.name in named else None  # of a dict, a tuple
        self.fitting: list[tuple[tuple[int, str], str]] = []

    def __call__(self, _: Statement, names: Namespace) -> None:
        with noting(None), np.errstate(all="ignore"):
            for k, statement, words in self._edits(names):
                if self._fits(k, statement, names):
                    self.fitting.append(((k, ast.unparse(statement)), words))
                    if self.only is None and len(self.fitting) >= ENOUGH:
                        break

    def _edits(self, names: Namespace) -> Iterator[tuple[int, ast.stmt, str]]:
        """The edits to be tried: all, or at a further point those that fit at the first."""
        if self.only is not None:
            yield from ((k, parse(text).body[0], words) for (k, text), words in self.only)
            return
        count = 0
        for k, statement in enumerate(self.statements):
            for node, words in edits(statement.node, names):
                count += 1
                if count > MOST:
                    return
                yield k, node, words

    def _as_assigned(self, node: ast.stmt) -> ast.stmt:
        """A statement as it is tried: what a function returns, or a dict holds, is assigned."""
        value = node.value if isinstance(node, ast.Return) else None
        if self.part is not None:
            value = held_parts(node)[self.part][1]
        return ast.Assign([ast.Name(RETURNED, ast.Store())], value) if value else node

    def _fits(self, k: int, edited: ast.stmt, names: Namespace) -> bool:
        own = dict(names)
        nodes = [edited if i == k else s.node for i, s in enumerate(self.statements)]
        for name in {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}:
            if name in own:
                own[name] = apart(own[name])
        try:
            for node in [*nodes[:-1], self._as_assigned(nodes[-1])]:
                module = ast.fix_missing_locations(ast.Module([node], []))
                exec(compile(module, "<edit>", "exec"), own)
            name = self.name if node is nodes[-1] else RETURNED
            found = numbers_of(np.asarray(eval(name, own), dtype=object))
        except Exception:
            return False
        return self.test(found)
