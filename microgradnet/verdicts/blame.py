"""Where what is wrong may be, if no edit mends it: by the values that would make all right."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from microgradnet.checking.report import WRONG, Row
from microgradnet.tape.entry import Place
from microgradnet.tape.replaying import ancestors
from microgradnet.verdicts.check import Step
from microgradnet.verdicts.reporting import Reporter
from microgradnet.verdicts.sites import Site, site_name, suspects
from microgradnet.verdicts.solving import given_by, solved
from microgradnet.verdicts.wording import name_of
from microgradnet.words import say

FEW = 3  # lines that are named one by one


class Blame:
    """Finds the statements that may be to blame for the claims of a step that are wrong."""

    def __init__(self, reporter: Reporter, step: Step) -> None:
        self.reporter, self.step, self.tape = reporter, step, reporter.tape
        self.entries = reporter.tape.entries

    def to_blame(self, numbers: Sequence[int]) -> list[tuple[Place, int]]:
        """Return the statements that may be to blame for some claims, each for all of them.

        What a right gradient is computed from, and what only reads, is not.
        """
        step = self.step
        claims, off = step.judgement.claims, step.off
        right = [
            c.number for i, c in enumerate(claims) if i not in off and step.judgement.proportions[i]
        ]
        behind = set.intersection(*(ancestors(self.entries, [n], step.runs.given) for n in numbers))
        behind -= ancestors(self.entries, right, step.runs.given)
        found = suspects(self.tape, behind, step.forward, step.runs.end)
        reading = [(p, n) for p, n in found if not only_reads(p.statement)]
        return reading or found

    def common_cause(self) -> Row | None:
        """Return a row for the first statement of which another value mends all that is wrong."""
        step = self.step
        found = self.solvable([step.judgement.claims[i].number for i in step.off])
        sure = [f for f in found if f[2] is not None]
        if not sure or len(found) > FEW + 1:
            return None
        place, number, right = sure[0]
        why = say("all that is wrong is right with another value here")
        written = step.runs.values[0][number]
        name = site_name(Site(place, [], number))
        row = self.reporter.numbered(name, WRONG, place, written, right, why=why)
        return replace(row, alternatives=tuple(p.line for p, _, _ in found if p is not place))

    def solvable(self, numbers: Sequence[int]) -> list[tuple[Place, int, Any]]:
        """Return the statements of which another value may make all right, and that, if known."""
        step, found = self.step, []
        behind = ancestors(self.entries, numbers, step.runs.given)
        for place, number in self.to_blame(numbers):
            given = given_by(self.tape, place, step.judgement.claims, behind)
            right = solved(step.runs, step.judgement.claims, given) if given else None
            if right is None or right:
                found.append((place, given[0] if given else number, right and right[0]))
        return found

    def placed(self, row: Row) -> Row:
        """Return a row that is wrong with its line, and the few others that it may be instead."""
        step = self.step
        claim = next(
            (
                c
                for i, c in enumerate(step.judgement.claims)
                if i in step.off and name_of(c) == row.name
            ),
            None,
        )
        if claim is None:
            return row
        places = [p for p, _ in self.to_blame([claim.number])]
        if len(step.off) == 1:
            places = [p for p, _, _ in self.solvable([claim.number])] or places
        if not places:
            return row
        own = [p for p in places if p.statement is claim.place.statement]
        if len(places) <= FEW and len(own) == 1:
            others = tuple(p.line for p in places if p is not own[0])
            return replace(self.reporter.placed(row, own[0]), alternatives=others)
        first, end = min(p.line for p in places), max(p.line for p in places)
        why = say("not right somewhere between lines {first} and {last}", first=first, last=end)
        return replace(row, why=f"{row.why}; {why}" if row.why else why)


def only_reads(statement: ast.stmt) -> bool:
    """Whether a statement only takes apart or names what another gave."""
    target = getattr(statement, "targets", [None])[0]
    if isinstance(statement, ast.AugAssign) or isinstance(target, ast.Subscript):
        return False
    computing = (ast.BinOp, ast.Call, ast.UnaryOp, ast.Constant)
    index = {
        n for s in ast.walk(statement) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)
    }
    return not any(isinstance(n, computing) and n not in index for n in ast.walk(statement))
