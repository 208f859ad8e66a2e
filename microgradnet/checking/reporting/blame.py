"""Find the lines that may be wrong if no edit is a repair, by values that would be right."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.points import FILLING
from microgradnet.checking.finding.upstream import PULLED
from microgradnet.checking.judging.runs import Claim
from microgradnet.checking.mending.missing_path import Path
from microgradnet.checking.mending.sites import (
    Site,
    hands_on,
    is_renaming,
    only_reads,
    only_sums,
    suspects,
)
from microgradnet.checking.mending.solving import given_by, solution
from microgradnet.checking.reporting.report import FOLLOWS, WRONG, Row, first_line
from microgradnet.checking.reporting.wording import name_of
from microgradnet.tape.entry import Place
from microgradnet.tape.replay import ancestors
from microgradnet.tape.trees import names_in
from microgradnet.words import listed, say

if TYPE_CHECKING:
    from microgradnet.checking.reporting.reporter import Reporter
    from microgradnet.checking.reporting.verdicts import Verdicts

ASSIGNED = (ast.Assign, ast.AugAssign, ast.AnnAssign)
FEW = 5  # lines that are listed one by one
ON_THE_WAY = "is the gradient by {by}: it does not go back through {code}, line {line}"
OTHER_VALUE = say("with another value here, all would be right")


class Blame:
    """Finds the statements that may be wrong, for the wrong claims of a step."""

    def __init__(self, reporter: Reporter, verdicts: Verdicts) -> None:
        self.reporter, self.verdicts, self.step = reporter, verdicts, verdicts.step
        self.tape, self.entries = reporter.tape, reporter.tape.entries
        self.unlikely: set[int] = set()  # statements that right sums are computed from, by identity

    def to_blame(self, numbers: Sequence[int]) -> list[tuple[Place, int]]:
        """Return the statements that may be wrong for some claims, each for all of them.

        Left out are statements that right gradients are computed from, or that compute a right
        gradient too. Those that only read values come last.
        """
        step, judgement, starts = self.step, self.step.judgement, self.step.judgement.starts
        wrong = judgement.wrong - step.ruled - step.carried  # a name alone acquits nothing
        known = [i for i, found in enumerate(judgement.proportions) if found]
        right = [judgement.claims[i] for i in known if i not in wrong]
        behind = set.intersection(*(ancestors(self.entries, [n], starts) for n in numbers))
        # A plain sum may be right though not all that it adds is.
        sums = {e.number for e in self.entries if row(e) in ("sum", "mean")}
        by_right = [c.number for c in right]
        exact = (n for n in self.gradients if n not in sums)
        before = [m for n in exact for m in self.entries[n].operands]
        proven = ancestors(self.entries, [*by_right, *before], {*starts, *sums}) - step.forward
        summed = ancestors(self.entries, by_right, starts) - proven
        self.unlikely = {id(self.entries[n].place.statement) for n in summed}
        found = suspects(self.tape, behind - proven, step)
        found = [*found, *self.renamings(found, max(starts, default=0))]
        acquitted = {id(c.place.statement) for c in right} | step.proven
        results = [s for s in self.tape.stores if isinstance(s.place.statement, ASSIGNED)]
        assigned = {id(s.place.statement) for s in results}  # of these only the result tells
        acquitted |= {id(self.entries[n].place.statement) for n in proven} - assigned
        acquitted |= {id(s.place.statement) for s in results if s.number in proven}
        found = [f for f in found if id(f[0].statement) not in acquitted] or found
        computing = [f for f in found if not only_reads(f[0].statement)]
        if not computing:  # of lines that only read, none is told
            return []
        given = (f for f in found if f not in computing)
        given = (f for f in given if not isinstance(f[0].statement, ast.Return))
        found = [*self.likeliest_first(computing), *given]
        return [*found, *((p, n) for p in self.counts(found) for _, n in found[-1:])]

    def likeliest_first(self, found: Sequence[tuple[Place, int]]) -> list[tuple[Place, int]]:
        """Return statements with masks, buffers, right values, or that compute none, last."""
        entries = self.entries
        several = (e for e in entries if e.kind == "f" and e.operation and row(e) not in FILLING)
        real = {id(e.place.statement) for e in several}
        ats = [p.statement for p, _ in found]
        ranks = [(id(at) not in real, id(at) in self.exact, hands_on(at)) for at in ats]
        return [found[k] for k in sorted(range(len(found)), key=ranks.__getitem__)]

    @cached_property
    def exact(self) -> set[int]:
        """The statements, by identity, that store nothing but exact gradients of the loss."""
        exact = {n for n in self.gradients if self.verdicts.known.is_exact(n)}
        after = max(self.step.forward, default=0)
        late = [s for s in self.tape.stores if after < s.number < self.step.runs.end]
        other = {id(s.place.statement) for s in late if s.number not in exact}
        return {id(s.place.statement) for s in late} - other

    def counts(self, found: Sequence[tuple[Place, int]]) -> Iterable[Place]:
        """Return the statements without entries that give the found ones a whole number: m = N."""
        read = names_in(*(p.statement for p, _ in found))
        places = {id(p.statement): p for p in self.tape.places}
        done = {id(e.place.statement) for e in self.entries} | {id(p.statement) for p, _ in found}
        functions = {p.function for p, _ in found}
        for at in places.keys() - done:
            node = places[at].statement
            targets = node.targets if isinstance(node, ast.Assign) else ()
            is_near = not places[at].kind and places[at].function in functions
            if is_near and any(isinstance(t, ast.Name) and t.id in read for t in targets):
                yield places[at]

    def renamings(self, found: Sequence[tuple[Place, int]], start: int) -> list[tuple[Place, int]]:
        """Return the statements that give a value a second name that the found ones read.

        A factor or a term may be missing there, although the value is right under its first name.
        """
        read = names_in(*(p.statement for p, _ in found))
        stores = [s for s in self.tape.stores if start < s.number <= s.at <= self.step.runs.end]
        last = {id(s.place.statement): s for s in stores if s.text in read}.values()
        named = [s for s in last if is_renaming(s.place.statement)]
        return [(s.place, s.number) for s in named if s.number not in self.step.forward]

    def placed_rows(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows; a wrong one without a line gets the lines that may be wrong."""
        unplaced = [r for r in rows if r.verdict == WRONG and not r.line]
        is_all = bool(unplaced) and len(unplaced) == len(self.step.off)
        path = self.verdicts.path if is_all else None
        made = path and self.placed_by_path(rows, unplaced, path)
        if not made and is_all and len(unplaced) > 1:
            made = self.placed_together(rows, unplaced)
        is_alone = is_all and len(unplaced) == 1
        made = made or [self.placed(r, is_alone) if r in unplaced else r for r in rows]
        wrong = [r for r in made if r.verdict == WRONG]
        if path is None or len(wrong) > 1:
            return made
        return [replace(r, mistake=path.said, why="") if r in wrong else r for r in made]

    def placed_together(self, rows: Sequence[Row], unplaced: Sequence[Row]) -> list[Row] | None:
        """Return the rows with the one line of which another value makes all wrong claims right."""
        several = [self.step.judgement.claims[i] for i in sorted(self.step.off)]
        places, is_proven = self.solvable([c.number for c in several])
        if not is_proven or len(places) > FEW:
            return None
        return self.blamed_for_all(rows, unplaced, places, why=OTHER_VALUE)

    def placed_by_path(
        self, rows: Sequence[Row], unplaced: Sequence[Row], path: Path
    ) -> list[Row] | None:
        """Return the rows with the first line that leaves a path out; None if it is not found."""
        numbers = [self.step.judgement.claims[i].number for i in self.step.off]
        several = [p for p, _ in self.to_blame(numbers)]
        at = path.first_without(self.verdicts.known, self.step, self.tape, several)
        if at is None:
            return None
        places, _ = self.solvable(numbers)
        if places and only_sums(at.statement):  # of what other statements give
            at = places[0]
        others = [p for p in places if p.statement is not at.statement][: FEW - 1]
        return self.blamed_for_all(rows, unplaced, [at, *others], why="")

    def blamed_for_all(
        self, rows: Sequence[Row], unplaced: Sequence[Row], places: Sequence[Place], why: str
    ) -> list[Row]:
        """Return the rows with one line for all wrong claims; the other places are alternatives."""
        claims, judgement = self.step.judgement.claims, self.step.judgement
        first, others = places[0], tuple(dict.fromkeys(p.line for p in places[1:]))
        named = [claims[i] for i in sorted(judgement.wrong)]
        own = [name_of(c) for c in named if c.place.statement is first.statement]
        own += [r.name for r in unplaced] if len(unplaced) == 1 else []
        row_ = next((r for name in own for r in rows if r.name == name), None)
        made = self.reporter.plain_row(Site(first, [], 0).name, WRONG, first, why=why)
        if row_ is not None:  # with its numbers; its words, if it was not wrong before
            said = row_.why if row_.verdict == WRONG else why
            made = replace(self.reporter.placed(row_, first), verdict=WRONG, why=said)
        made = replace(made, alternatives=others)
        why = say("follows from {names}", names=made.name)
        of: dict[str, Any] = {"verdict": FOLLOWS, "follows": (made.name,), "why": why, "where": ""}
        rest = [r for r in rows if r is not row_ and (r not in unplaced or r.name != made.name)]
        return [made, *(replace(r, **of) if r in unplaced else r for r in rest)]

    @cached_property
    def gradients(self) -> list[int]:
        """The stored values of the backward pass that are gradients of the loss, up to a factor.

        Of a pair of passes it is 1, as the upstream gradient is known.
        """
        step = self.step
        known = self.verdicts.known.is_exact if step.loss.name == PULLED else self.verdicts.known.of
        stored = {s.number for s in self.tape.stores if s.number < step.runs.end}
        late = stored - step.forward - {*range(max(step.judgement.starts, default=0) + 1)}
        return [n for n in sorted(late) if np.size(self.entries[n].value) > 1 and known(n)]

    def solvable(self, numbers: Sequence[int]) -> tuple[list[Place], bool]:
        """Return the statements of which another value may make all right; whether one does."""
        step, judgement, known = self.step, self.step.judgement, dict[Place, bool | None]()
        hard = [judgement.claims[i] for i in sorted(judgement.hard)]
        pairs = [(c, judgement.factors.get(c.kind)) for c in hard]
        claims, factors = [c for c, f in pairs if f], [f for _, f in pairs if f]
        behind = ancestors(self.entries, numbers)
        for place, _ in self.to_blame(numbers):
            given = given_by(self.tape, place, step.judgement.claims, behind)
            known[place] = solution(step.runs, claims, factors, given).is_found if given else None
        return [p for p, ok in known.items() if ok is not False], any(known.values())

    def placed_at_end(self, row: Row, claim: Claim) -> Row | None:
        """Return the row of a returned gradient by a later value, from which a step is missing."""
        said = self.on_the_way(claim.number, claim) if claim.kind == "returned" else ""
        if not said:
            return None
        own = {claim.number, *self.entries[claim.number].operands}  # it may be a copy
        returned = [p for p, several in self.tape.returns if not own.isdisjoint(several)]
        names = self.entries[claim.bys[0]].names
        is_own = any(vocabulary.spelled(claim.name) in vocabulary.gradients_of(n) for n in names)
        is_own |= is_renaming(claim.place.statement)
        is_own |= any(self.entries[n].is_written for n in own)  # filled by its own statement
        place = claim.place if is_own else (returned or [claim.place])[-1]
        return replace(self.reporter.placed(row, place), mistake=said, why="")

    def on_the_way(self, number: int, claim: Claim) -> str:
        """Return the words for a value that is the gradient by a later one than it should be."""
        known = self.verdicts.known.of(number) if self.verdicts.known.is_exact(number) else None
        by = None if known is None else self.entries[known[0]]
        if by is None or claim.bys[0] not in ancestors(self.entries, [by.number]) - {by.number}:
            return ""
        own = [s for s in self.tape.stores if s.number == by.number and not s.place.kind]
        texts = [s.text for s in own]
        names = [*(n for n in texts if n.isidentifier()), *texts, by.place.text]
        place = own[0].place if own else by.place
        code = first_line(ast.unparse(place.statement))
        return say(ON_THE_WAY, by=names[0], code=code, line=place.line_in_words)

    def handed_on(self, place: Place, claim: Claim) -> str:
        """Return the words for a statement that only hands such a value on."""
        own = given_by(self.tape, place, [], ancestors(self.entries, [claim.number]))
        if not own or not hands_on(place.statement):
            return ""
        return self.on_the_way(self.entries[own[0]].operands[-1], claim)

    def placed(self, row: Row, is_alone: bool) -> Row:
        """Return a wrong row with its line, and a few other lines that may be wrong instead."""
        step = self.step
        off = (step.judgement.claims[i] for i in sorted(step.off))
        claim = next((c for c in off if name_of(c) == row.name), None)
        if claim is None:
            return row
        written = self.entries[claim.number]
        if written.is_source:  # a number written in the code
            said = "" if written.shape else say("is {number:g}", number=float(written.value))
            return replace(self.reporter.placed(row, claim.place), mistake=said, why="")
        if (made := self.placed_at_end(row, claim)) is not None:
            return made
        places = [p for p, _ in self.to_blame([claim.number])]
        is_proven = len(places) == 1
        if is_alone and not is_proven:
            solvable, _ = self.solvable([claim.number])
            places, is_proven = solvable or places, bool(solvable)
        if not places:  # the name of a local derivative is about its own line
            return self.reporter.placed(row, claim.place) if claim.kind == "local" else row
        if is_proven and len(places) <= FEW:
            at, is_move = claim.place.statement, claim.kind == "move"
            likely = sorted(places, key=lambda p: id(p.statement) in self.unlikely)
            likely.sort(key=lambda p: (p.statement is at) == is_move)  # a move's own line last
            if not is_move and (isinstance(at, ast.Return) or hands_on(at)):
                likely = places
            others = tuple(dict.fromkeys(p.line for p in likely[1:] if p.line != likely[0].line))
            row = replace(self.reporter.placed(row, likely[0]), alternatives=others)
            said = self.handed_on(likely[0], claim)
            return replace(row, mistake=said, why="") if said else row
        ends = sorted(places, key=attrgetter("line"))
        first, last = (say("line {line}", line=p.line_in_words) for p in (ends[0], ends[-1]))
        why = say("not right somewhere between {first} and {last}", first=first, last=last)
        return replace(row, why=listed((row.why, why), "; "))
