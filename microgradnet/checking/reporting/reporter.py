"""Make the report of a recording: a row for each claim, with its line, numbers and words."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import islice
from typing import Any

import numpy as np

from microgradnet.checking.finding.points import elsewhere
from microgradnet.checking.finding.unseen import unseen
from microgradnet.checking.finding.upstream import PULLED
from microgradnet.checking.judging.claims import is_called_derivative, unclaimed, unmatched
from microgradnet.checking.judging.judged_steps import (
    NO_LOSS,
    Step,
    Training,
    derivation,
    trainings,
)
from microgradnet.checking.judging.predicting import Passed, passes_after
from microgradnet.checking.judging.recognising import cut_gradients
from microgradnet.checking.judging.runs import Claim, by_differences
from microgradnet.checking.mending.bench import Mending
from microgradnet.checking.mending.edits import NOT_HERE, Edit
from microgradnet.checking.mending.proving import FORWARD, Again, Prover, at_numbers
from microgradnet.checking.mending.sites import Site, counting, recounted
from microgradnet.checking.reporting import wording
from microgradnet.checking.reporting.automatic import Automatic
from microgradnet.checking.reporting.blame import Blame
from microgradnet.checking.reporting.examples import example_of_statement
from microgradnet.checking.reporting.observations import note
from microgradnet.checking.reporting.report import (
    CANNOT_TELL,
    DEFAULT,
    FOLLOWS,
    NOT_CHECKED,
    PASSED,
    RIGHT,
    WRONG,
    Options,
    Report,
    Row,
    may_be,
    once,
    sorted_rows,
)
from microgradnet.checking.reporting.sketching import sketched
from microgradnet.checking.reporting.verdicts import Verdicts, kind_of_right
from microgradnet.checking.reporting.wording import loss_in_words, name_of, update_of
from microgradnet.operations.differences import Difference
from microgradnet.tape.entry import Place
from microgradnet.tape.recording import Recording
from microgradnet.tape.replay import ancestors
from microgradnet.tape.rules.rows import is_complex
from microgradnet.tape.sources import line_of_file
from microgradnet.tape.trees import changed_line, span
from microgradnet.words import listed, say

BRANCHES = 3  # that never ran, and are gone into at other numbers


class Reporter:
    """Makes the rows of one recording. again: if None, no edits are tried."""

    def __init__(
        self, recording: Recording, again: Again | None, options: Options = DEFAULT
    ) -> None:
        self.recording, self.tape, self.options = recording, recording.tape, options
        self.prover = Prover(recording, again)
        self.automatic = None if options.allow_automatic else Automatic(recording)
        self.first: Step | None = None  # the first step of the training that is reported
        self.moved: list[int] = []  # the entries that the moves of all trainings make
        self.right: set[int] = set()  # statements with right values, by identity

    # Rows.

    def report(self) -> Report:
        """Return the report of a run."""
        found = trainings(self.tape)
        judged = [t for t in found if t.steps]
        self.moved = [n for t in found for p in t.parameters for n in p.versions[1:]]
        rows = [row for training in judged for row in self.of_training(training)]
        several = [step for t in judged for step in t.steps]
        if not judged:
            several = derivation(self.tape, self.recording.given, self.recording.returned)[:1]
            rows = [row for step in several for row in self.of_step(step)]
            several = several if rows else []
            rows += [] if several or found else self.rows_without_loss()
        rows += wording.stopped(self.recording)
        rows += [row for t in found if not t.steps for row in self.unjudged(t)]
        rows = once(rows)
        is_right = bool(judged) and all(row.verdict in PASSED for row in rows)
        if is_right and (other := self.elsewhere(judged)) is not None:
            return other
        loss = loss_in_words(several[0].loss) if several else ""
        shown = [row for row in rows if math.isfinite(row.right)]
        is_of_numbers = bool(shown and several) and not any(row.shape for row in shown)
        given = self.recording.given
        point = wording.point_of(several[0].runs, self.tape, given) if is_of_numbers else {}
        sketch = sketched(self.tape, several[0], rows) if several else None
        said = note(self.recording, several, judged)
        return Report(sorted_rows(rows), said, point, loss, sketch=sketch)

    def elsewhere(self, judged: Sequence[Training]) -> Report | None:
        """Return the report of a run with other numbers, if it goes into a branch and is wrong.

        A branch in which all is right counts as reached.
        """
        starts = [p.versions[0] for t in judged for p in t.parameters]
        losses, again = (step.loss for t in judged for step in t.steps), self.prover.again
        names = {loss.name for loss in losses if loss.number is not None}
        if again is None or self.tape.loss_name or len(names) != 1:
            return None
        for place, point in islice(elsewhere(self.tape, starts), BRANCHES):
            there = partial(at_numbers, again, point)
            recording, at = there(), [p for p, x in enumerate(self.tape.places) if x is place]
            if recording.tape.reached.isdisjoint(at):
                continue
            (recording.tape.loss_name,) = names
            new = recording.tape.reached - self.tape.reached
            recording.tape.reached |= self.tape.reached
            words = "The code ran with other numbers, so that line {line} runs."
            recording.notes.append(say(words, line=place.line_in_words))
            report = Reporter(recording, there, self.options).report()
            if any(row.verdict == WRONG for row in report.rows):
                return report
            if report:
                self.tape.reached |= new
        return None

    def of_training(self, training: Training) -> list[Row]:
        """Return the rows of a training, up to the first step that is wrong."""
        rows: list[Row] = []
        first = self.first = training.steps[0]
        passes = list(passes_after(self.tape, training))
        self.prover.begin(training, passes)
        judged = set[int]()  # the moved parameters, as they were when they were judged
        for step in training.steps:
            rows += self.of_step(step)
            judged |= {c.bys[0] for c in step.judgement.claims if c.kind == "move"}
            if step.off:
                off = [r for r in rows if r.verdict == WRONG]
                rows = [
                    r for r in rows if r.verdict not in PASSED or not any(may_be(r, w) for w in off)
                ]
                break
        if not first.apart and not any(row.name == FORWARD for row in rows):
            rows += [self.forward_row(passed) for passed in passes]
        why = say("no step that was judged moves it")
        left = [p for p in training.parameters if judged.isdisjoint(p.versions)]
        rows += [self.plain_row(update_of(p.name), NOT_CHECKED, p.place, why=why) for p in left]
        for u in training.unmoved:
            name = update_of(u.name) if any(r.name == update_of(u.name) for r in rows) else u.name
            rows = [r for r in rows if r.name != name or r.verdict not in PASSED]
            rows.append(self.plain_row(name, NOT_CHECKED, u.place, why=u.reason))
        return rows

    def rows_without_loss(self) -> list[Row]:
        """Return rows for values named as derivatives, if no loss was found."""
        if self.automatic and self.automatic.rows():
            return []
        names = {s.text: s.place for s in self.tape.stores if is_called_derivative(self.tape, s)}
        return [self.plain_row(name, NOT_CHECKED, at, why=NO_LOSS) for name, at in names.items()]

    def forward_row(self, passed: Passed) -> Row:
        """Return the row of a prediction."""
        if passed.parts_at is None:
            return self.plain_row(FORWARD, RIGHT, passed.place)
        words = say("predicting is not what training computes")
        if passed.twin is not None:
            line = passed.twin.line_in_words
            words = say("predicting goes on otherwise than training, line {line}", line=line)
        return self.plain_row(FORWARD, WRONG, passed.parts_at, mistake=words)

    def unjudged(self, training: Training) -> list[Row]:
        """Return the rows of a training without a judged step, for parameters that move twice."""
        moved, why = [p for p in training.parameters if p.moves > 1], training.reason
        return [self.plain_row(update_of(p.name), NOT_CHECKED, p.place, why=why) for p in moved]

    def of_step(self, step: Step) -> list[Row]:
        """Return the rows of the claims of a step."""
        judgement, claims = step.judgement, step.judgement.claims
        ends = [*step.loss.ends(), *(c.number for c in claims)]
        if not self.unseen.isdisjoint(ancestors(self.tape.entries, ends)):
            why = say("a value is written or computed here in a way that cannot be followed")
            return [self.plain_row(name_of(c), NOT_CHECKED, c.place, why=why) for c in claims]
        beside = self.automatic.mark(step) if self.automatic else set()
        verdicts = Verdicts(step, self.prover.proof(step), self.first)
        self.right = {
            id(c.place.statement)
            for i, c in enumerate(claims)
            if i not in judgement.wrong and (c.kind != "inner" or judgement.proportions[i] == 1.0)
        }
        rows, named = self.claim_rows(verdicts, beside)
        causes = tuple(named.values()) or tuple(name_of(claims[i]) for i in verdicts.own)
        why = say("follows from {names}", names=listed(causes))
        rows = [replace(r, follows=causes, why=why) if r.verdict == FOLLOWS else r for r in rows]
        rows = Blame(self, verdicts).placed_rows(rows)
        return rows + self.cut_rows(step) + self.denied_rows(step) + self.unclaimed_rows(step)

    @cached_property
    def unseen(self) -> set[int]:
        """The entries that cannot be followed."""
        return unseen(self.tape.entries, self.tape.instead, self.recording.given)

    def claim_rows(self, verdicts: Verdicts, beside: set[int]) -> tuple[list[Row], dict[int, str]]:
        """Return the rows of claims and of edited statements, and the names of these statements."""
        step, mending = verdicts.step, verdicts.mending
        rows, named, called = list[Row](), dict[int, str](), dict[int, str]()
        edited = {id(s.place.statement): (s, e) for s, e in mending.edits} if mending else {}
        for i, claim in enumerate(step.judgement.claims):
            statement = id(claim.place.statement)
            is_blamed = i in step.judgement.wrong - step.ruled and statement in edited
            if i in beside:
                continue
            if mending is None or not is_blamed or (i in mending.off and claim.kind != "inner"):
                rows.append(self.row(step, claim, *verdicts.of(i)))
            elif i in mending.off:
                called[statement] = name_of(claim)  # filled in place: another value's claim
            else:
                named.setdefault(statement, name_of(claim))
                rows.append(self.blamed_row(step, claim, *edited[statement], mending))
        if mending is None:
            return rows, named
        for site, edit in mending.edits:
            if id(site.place.statement) not in named:
                name = called.get(id(site.place.statement), site.name)
                named[id(site.place.statement)] = name
                made = replace(self.site_row(site, edit, mending), name=name)
                rows.append(self.exemplified(made, step, site))
        return rows, named

    def unclaimed_rows(self, step: Step) -> list[Row]:
        """Return rows for values named as derivatives that no claim was found for.

        A training's moves, and what a backward pass returns, prove what they are computed from.
        """
        claims = step.judgement.claims
        is_moved = step.k or any(c.kind == "move" for c in claims)
        out = [c.number for c in claims if c.kind == "returned" and step.loss.name == PULLED]
        proven = ancestors(self.tape.entries, [*self.moved, *out])
        found = {} if step.k else unclaimed(self.tape, claims, step.runs, proven)
        why = say("L does not depend on anything of that name, or it has no such name")
        rows = [self.plain_row(name, NOT_CHECKED, at, why=why) for name, at in found.items()]
        why = say("it is the gradient by nothing that has its shape")
        beside = [] if is_moved else unmatched(self.tape, self.recording.returned, claims)
        return rows + [self.plain_row(e.names[-1], NOT_CHECKED, e.place, why=why) for e in beside]

    def denied_rows(self, step: Step) -> list[Row]:
        """Return the row of a loss that the code computes, but whose gradient no move is."""
        if (loss := step.denied) is None or loss.place is None:
            return []
        why = say("the moves are gradients of {other}, not of this", other=loss_in_words(step.loss))
        return [self.plain_row(loss.name, CANNOT_TELL, loss.place, why=why)]

    def row(self, step: Step, claim: Claim, verdict: str, why: str, **more: Any) -> Row:
        """Return the row of a claim, with the entry that is farthest off at the first point."""
        values, judgement, times = step.runs.values[0], step.judgement, self.factor(step, claim)
        written, right = claim.written(values), np.asarray(step.runs.right(claim, 0), dtype=float)
        right = claim.moved(right * times, values)
        written = claim.moved(written, values)
        if written is None and claim.kind == "returned":  # it has another shape
            written = values[claim.number]
        i = next(k for k, c in enumerate(judgement.claims) if c is claim)
        if verdict == RIGHT and i in step.limited:
            move = replace(claim, number=step.limited[i], is_taken=False, times=1.0)
            written = move.written(values)
        off = judgement.wrong | judgement.untold.keys() | step.limited.keys()
        is_other = verdict == RIGHT and i in off
        if is_other:  # an optimizer's step, or the gradient by another value than it is named for
            right = np.asarray(written, dtype=float)
        place = claim.place if verdict != WRONG or more.get("mistake") else None
        if self.options.witness and (found := by_differences(step.runs, claim)) is not None:
            more["difference"] = Difference(found.value * times, abs(found.error * times))
        made = self.numbered(name_of(claim), verdict, place, written, right, why=why, **more)
        made = wording.described(made, self.tape, step, claim, times)
        if not step.forward.isdisjoint({*self.recording.given} - {*step.runs.given}):
            made = replace(made, example={})  # it needs other numbers too, which stay as they are
        return replace(made, of="") if is_other and claim.kind != "move" else made

    def factor(self, step: Step, claim: Claim) -> float:
        """Return the factor between the right value of a claim and the exact derivative.

        Under an assumed loss it is the factor of the claim, if that is right: the loss is assumed
        up to a factor.
        """
        i = next(k for k, c in enumerate(step.judgement.claims) if c is claim)
        own, factor = step.judgement.proportions[i], step.judgement.factors.get(claim.kind)
        if claim.kind == "move":
            return (factor or 1.0) / step.judgement.scale
        if claim.kind == "inner" and own and kind_of_right(step, i) == RIGHT:
            return own
        own = None if i in step.judgement.wrong else own
        is_assumed = step.loss.is_assumed and claim.kind != "local"
        return (own or factor or 1.0) if is_assumed else 1.0

    def numbered(
        self, name: str, verdict: str, place: Place | None, written: Any, right: Any, **more: Any
    ) -> Row:
        """Return a row with the numbers of the entry that is farthest off; without complex ones."""
        if is_complex(written) or is_complex(right):
            return self.placed(Row(name, verdict, math.nan, math.nan, 0.0, **more), place)
        right = np.asarray(right, dtype=float)
        written = np.zeros(right.shape) if written is None else np.asarray(written, dtype=float)
        if verdict != WRONG and written.shape != right.shape and written.size == right.size:
            right = right.reshape(written.shape)
        pair = (math.nan, math.nan)
        if written.shape == right.shape and written.size:
            at = wording.shown_entry(written, right)
            pair = (float(written[at]), float(right[at]))
        where = wording.entries_in_words(written, right) if verdict == WRONG else ""
        made = Row(name, verdict, *pair, 0.0, shape=written.shape, where=where, **more)
        return self.placed(made, place)

    def placed(self, row: Row, place: Place | None) -> Row:
        """Return a row with its file, its line and its code."""
        if place is None:
            return row
        return replace(row, file=place.file, line=place.line, code=wording.code_at(place))

    def plain_row(self, name: str, verdict: str, place: Place, **more: Any) -> Row:
        """Return a row without numbers."""
        return self.placed(Row(name, verdict, math.nan, math.nan, 0.0, **more), place)

    def blamed_row(self, step: Step, claim: Claim, site: Site, edit: Edit, mending: Mending) -> Row:
        """Return the row of a claim whose own statement is wrong."""
        if claim.kind == "inner":  # right up to a constant, which only the repair shows
            made = self.exemplified(self.site_row(site, edit, mending), step, site)
            return replace(made, name=name_of(claim))
        row = self.row(step, claim, WRONG, "", mistake=self.in_context(edit, site))
        return self.suggested(row, site, edit, mending)

    def site_row(self, site: Site, edit: Edit, mending: Mending) -> Row:
        """Return the row of a wrong statement that is no claim itself."""
        written, right = mending.numbers.get(id(site), (None, np.zeros(())))
        said = self.in_context(edit, site)
        made = self.numbered(site.name, WRONG, site.place, written, right, mistake=said)
        return self.suggested(made, site, edit, mending)

    def exemplified(self, row: Row, step: Step, site: Site) -> Row:
        """Return the row of a statement with the smallest example that shows its mistake."""
        bench = self.prover.bench
        made = wording.as_claimed(row, self.tape, step, site.place.statement)
        if made.example or bench is None or site not in self.prover.sites or step.k:
            return made
        shown = bench.shown.get(self.prover.sites.index(site))
        found = shown and example_of_statement(self.tape, bench, *shown, step.runs)
        return wording.with_example(made, found) if found else made

    def in_context(self, edit: Edit, site: Site) -> str:
        """Return the mistake in words: for a move too many, that it is the second one."""
        statement = site.place.statement
        if isinstance(statement, ast.AugAssign) and edit.said == say(NOT_HERE):
            several = [n for s in self.prover.code.body(site.place) for n in ast.walk(s)]
            others = (n for n in several if isinstance(n, ast.AugAssign))
            moving = [n for n in others if span(n) != span(statement)]
            if site.name in [ast.unparse(n.target) for n in moving]:
                return say("moves {name} a second time", name=site.name)
        return edit.said

    def suggested(self, row: Row, site: Site, edit: Edit, mending: Mending) -> Row:
        """Return a row with the corrected line, and the other lines that could be corrected."""
        statement, body = site.place.statement, self.prover.code.body(site.place)
        is_here, line = row.line == site.line, changed_line(statement, edit.statement, site.line)
        others = [  # an order has no cost: the line that moves too early moves right
            s.line
            for s, e in mending.others
            if not e.cost or id(s.place.statement) not in self.right
        ]
        others += counting(site, edit, body)
        if found := recounted(site, [e for s, e in mending.single if s is site], body):
            statement, edit = found
            row, line, is_here = replace(row, mistake=edit.said), statement.lineno, True
            others.append(site.line)
        if is_here and line != row.line:
            row = replace(row, line=line, code=line_of_file(row.file, line).strip())
        several = tuple(n for n in dict.fromkeys(others) if n != row.line)
        text = wording.corrected(edit.suggestion, statement, row.file)
        return replace(row, suggestion=text, alternatives=several)

    def cut_rows(self, step: Step) -> list[Row]:
        """Return rows for gradients whose clip lets only one sign pass."""
        why = say("clips the gradient on one side: what lies outside is lost")
        moves = [c for c in step.judgement.claims if c.kind == "move"]
        cut = [e for c in moves for e in cut_gradients(c, step.runs, step.forward)]
        found = {id(e.place): ([e.place.text, *e.names][-1], e.place) for e in cut}
        return [self.plain_row(name, CANNOT_TELL, at, why=why) for name, at in found.values()]
