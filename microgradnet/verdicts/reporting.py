"""From what was found to a report: a row for each claim, with its line, numbers and words."""

from __future__ import annotations

import linecache
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any

import numpy as np

from microgradnet.checking.report import (
    CANNOT_TELL,
    FOLLOWS,
    NOT_CHECKED,
    ORDER,
    RIGHT,
    SCALED,
    WRONG,
    Report,
    Row,
    written_at,
)
from microgradnet.tape.entry import Place
from microgradnet.tape.recording import Recording
from microgradnet.tape.replaying import ancestors
from microgradnet.tape.trees import Span, span
from microgradnet.tape.trials import Trials
from microgradnet.verdicts.ahead import computing, mended_ahead
from microgradnet.verdicts.check import Step, Training, derivation, trainings
from microgradnet.verdicts.claims import Claim
from microgradnet.verdicts.describing import as_claimed, described, point_of, with_example
from microgradnet.verdicts.edits import Edit
from microgradnet.verdicts.examples import example_of_statement
from microgradnet.verdicts.judging import is_meant, sizes
from microgradnet.verdicts.mending import Bench, Mending, mended
from microgradnet.verdicts.observations import note
from microgradnet.verdicts.predicting import partings
from microgradnet.verdicts.proportions import is_equal
from microgradnet.verdicts.recognising import Gradients
from microgradnet.verdicts.sites import Code, Site, line_of, site_name, sites, suspects
from microgradnet.verdicts.sketching import sketched
from microgradnet.verdicts.updates import cut_gradients, leaves_out
from microgradnet.verdicts.wording import (
    as_written,
    code_at,
    entries_in_words,
    loss_in_words,
    name_of,
    shown_entry,
    stored_at,
)
from microgradnet.words import say, sentence

# Runs the same code again up to an entry, with edits tried beside some of its statements.
Again = Callable[[Mapping[Span, int], Trials, int], Recording]
MORE = 60  # entries after a step that belong to the statement it ends with


class Reporter:
    """Makes the rows of one recording."""

    def __init__(self, recording: Recording, again: Again) -> None:
        self.recording, self.again, self.tape = recording, again, recording.tape
        self.was_right = False
        self._known: dict[int, Gradients] = {}
        self.bench: Bench | None = None
        self.sites: list[Site] = []
        self.code = Code(recording.trees)
        self.single: dict[int, set[str]] = {}  # edits that mended all alone, by line
        self.allowed: dict[int, set[str]] = {}  # the only edits that are tried, if any

    # Rows.

    def report(self) -> Report:
        """Return the report of a run."""
        found, rows = trainings(self.tape), list[Row]()
        judged = [t for t in found if t.steps]
        for training in judged:
            rows += self.of_training(training)
        several = [step for t in judged for step in t.steps]
        if not judged:
            several = derivation(self.tape, self.recording.given, self.recording.returned)[:1]
            rows = [row for step in several for row in self.of_step(step)]
        rows += self.of_error()
        rows = sorted(_once(rows), key=lambda r: ORDER.index(r.verdict))
        loss = loss_in_words(several[0].loss) if several else ""
        shown = [row for row in rows if math.isfinite(row.right)]
        is_of_numbers = bool(shown and several) and not any(row.shape for row in shown)
        point = point_of(several[0].runs, self.tape) if is_of_numbers else {}
        sketch = sketched(self.tape, several[0], rows) if several else None
        said = note(self.recording, several, judged)
        return Report(tuple(rows), said, point, loss, sketch=sketch)

    def of_error(self) -> list[Row]:
        """Return the row of an error that ended the code: what comes after it is not checked."""
        error = self.recording.error
        if error is None:
            return []
        own = [t for t in _frames(error) if t.tb_frame.f_code.co_filename in self.code.trees]
        file, line = (own[-1].tb_frame.f_code.co_filename, own[-1].tb_lineno) if own else ("", 0)
        said = say("{kind}: {text}", kind=type(error).__name__, text=sentence(error))
        why = say("the code stops here with {error}; the rest is not checked", error=said)
        name = stored_at(self.code.trees[file], line) if own else said
        made = Row(name, NOT_CHECKED, math.nan, math.nan, 0.0, why=why)
        return [written_at(made, file, line) if own else made]

    def of_training(self, training: Training) -> list[Row]:
        """Return the rows of a training; the first step that is off says what is wrong."""
        rows: list[Row] = []
        for step in training.steps:
            self.was_right = step is not training.steps[0]
            rows += self.of_step(step)
            if step.off:
                break
        for place, twin in partings(self.tape, training):
            words = say("does not go on as training does in line {line}", line=twin.line)
            name = place.function or stored_at(self.code.trees[place.file], place.line)
            rows.append(self.plain_row(name, WRONG, place, mistake=words))
        for u in training.unmoved:
            rows.append(self.plain_row(u.name, NOT_CHECKED, u.place, why=u.reason))
        return rows

    def of_step(self, step: Step) -> list[Row]:
        """Return the rows of the claims of a step."""
        judgement, off = step.judgement, step.off
        mending = self.mending(step) if off and self.may_convict(step) else None
        if mending is not None and self.is_circular(step, mending):
            mending = None
        rows = []
        blamed = (
            {} if mending is None else {id(s.place.statement): (s, e) for s, e in mending.edits}
        )
        is_mended = mending is not None and bool(mending.edits) and not mending.left
        named: dict[int, str] = {}
        for i, claim in enumerate(judgement.claims):
            statement = id(claim.place.statement)
            is_blamed = i in judgement.wrong and statement in blamed and i not in step.ruled
            if is_blamed and is_mended and mending is not None:
                site, edit = blamed[statement]
                named.setdefault(statement, name_of(claim))
                rows.append(self.blamed_row(step, claim, site, edit, mending))
            else:
                rows.append(self.row(step, claim, *self.verdict(step, i, mending)))
        if is_mended and mending is not None:
            for site, edit in mending.edits:
                if id(site.place.statement) not in named:
                    named[id(site.place.statement)] = site_name(site)
                    made = self.site_row(site, edit, mending)
                    rows.append(self.exemplified(made, step, site))
        causes = tuple(named.values())
        rows = [replace(r, follows=causes) if r.verdict == FOLLOWS else r for r in rows]
        return rows + self.cut_rows(step) + self.denied_rows(step)

    def is_circular(self, step: Step, mending: Mending) -> bool:
        """Whether a line is blamed that an assumed loss was read from: another assumption."""
        place = step.loss.place
        if step.loss.number is not None or place is None:
            return False
        return any(site.place.statement is place.statement for site, _ in mending.edits)

    def denied_rows(self, step: Step) -> list[Row]:
        """Return the row of a loss that the code computes and does not derive."""
        loss = step.denied
        if loss is None or loss.place is None:
            return []
        other = loss_in_words(step.loss)
        why = say("the moves are gradients of {other}, not of this", other=other)
        return [self.plain_row(loss.name, CANNOT_TELL, loss.place, why=why)]

    def verdict(self, step: Step, i: int, mending: Mending | None) -> tuple[str, str]:
        """Return the verdict of a claim, and why."""
        judgement = step.judgement
        if i in step.ruled:
            return RIGHT, say("a step of an optimizer, down the right gradient")
        if i in judgement.untold:
            return CANNOT_TELL, judgement.untold[i]
        if i not in judgement.wrong:
            if step.runs.is_nothing(judgement.claims[i]):
                return CANNOT_TELL, say("0 at all numbers tried: a mistake would not show")
            return self.kind_of_right(step, i), ""
        if mending is not None and mending.edits and not mending.left:
            return FOLLOWS, ""
        if i not in judgement.hard:
            c = judgement.proportions[i]
            if c and is_meant(abs(c), sizes(step.runs.entries), True):
                return SCALED, ""
            other = self.known(step).of(judgement.claims[i].number)
            if other is not None and judgement.claims[i].kind != "exact":
                by = step.runs.entries[other[0]]
                text = by.names[-1] if by.names else by.place.text
                return RIGHT, say("it is the gradient by {what}", what=text)
            return CANNOT_TELL, say("named like a derivative, but it is not that gradient")
        if self.was_right:
            return WRONG, say("right in the first step, wrong in step {k}", k=step.k + 1)
        if step.loss.number is None and mending is None:
            return CANNOT_TELL, say(
                "not the gradient of {loss}, or that is not the loss", loss=loss_in_words(step.loss)
            )
        claim, moves = judgement.claims[i], [c for c in judgement.claims if c.kind == "move"]
        loss = loss_in_words(step.loss)
        if claim in moves and leaves_out(claim, moves, step.runs, step.forward):
            return WRONG, say("the regularisation in {loss} is left out", loss=loss)
        is_returned = claim.kind == "returned"  # of a loss that is ours
        if not is_returned and (step.loss.number is None or not step.support):
            return CANNOT_TELL, say(
                "not the gradient of {loss}, or that is not the loss", loss=loss
            )
        return WRONG, say("it is not the gradient of {loss}", loss=loss)

    def kind_of_right(self, step: Step, i: int) -> str:
        """Return the verdict of a claim that is right to a factor that people mean."""
        judgement, claim = step.judgement, step.judgement.claims[i]
        c = judgement.proportions[i]
        if step.loss.number is None or claim.kind == "local" or not c:
            return RIGHT
        if claim.kind == "inner":  # a constant is left for a later statement
            return RIGHT
        return RIGHT if is_equal(judgement.scale, 1.0) else SCALED

    def known(self, step: Step) -> Gradients:
        """Return the gradients of a step, to look values up in."""
        if step.k not in self._known or self._known[step.k].runs is not step.runs:
            self._known[step.k] = Gradients(step.runs)
        return self._known[step.k]

    def may_convict(self, step: Step) -> bool:
        """Whether a loss proves something: it is computed, or some move is its gradient."""
        is_local = all(step.judgement.claims[i].kind == "local" for i in step.off)
        is_named = step.loss.number is not None and step.loss.is_cost
        return is_named or is_local or step.support > 0

    def row(self, step: Step, claim: Claim, verdict: str, why: str, **more: Any) -> Row:
        """Return the row of a claim, with the entry that is farthest off at the first point."""
        values = step.runs.values[0]
        written, right = claim.written(values), np.asarray(step.runs.right(claim, 0), dtype=float)
        right = right * self.factor(step, claim)
        if any(step.judgement.claims[i] is claim for i in step.ruled):
            right = np.asarray(written, dtype=float)  # of an optimizer's rule only the way is known
        is_blamed = verdict != WRONG or bool(more.get("mistake"))
        place = claim.place if is_blamed else None
        made = self.numbered(name_of(claim), verdict, place, written, right, why=why, **more)
        return described(made, self.tape, step, claim, self.factor(step, claim))

    def factor(self, step: Step, claim: Claim) -> float:
        """Return by what number the right value of a claim is the derivative.

        Of an assumed loss it is the claim's own, where it is right: the assumption is to a factor.
        """
        i = next(k for k, c in enumerate(step.judgement.claims) if c is claim)
        own, factor = step.judgement.proportions[i], step.judgement.factors.get(claim.kind)
        if claim.kind == "move":
            return (factor or 1.0) / step.judgement.scale
        if claim.kind == "inner" and own and self.kind_of_right(step, i) == RIGHT:
            return own
        if claim.kind == "named" and step.loss.number is not None:
            return (factor or 1.0) / step.judgement.scale
        own = None if i in step.judgement.wrong else own
        is_assumed = step.loss.number is None and claim.kind != "local"
        return (own or factor or 1.0) if is_assumed else 1.0

    def numbered(
        self, name: str, verdict: str, place: Place | None, written: Any, right: Any, **more: Any
    ) -> Row:
        """Return a row with the entry that is farthest off."""
        right = np.asarray(right, dtype=float)
        written = np.zeros(right.shape) if written is None else np.asarray(written, dtype=float)
        if written.shape != right.shape and written.size == right.size:
            right = right.reshape(written.shape)
        pair = (float("nan"), float("nan"))
        if written.shape == right.shape and written.size:
            at = shown_entry(written, right)
            pair = (float(written[at]), float(right[at]))
        where = entries_in_words(written, right) if verdict == WRONG else ""
        made = Row(name, verdict, *pair, 0.0, shape=written.shape, where=where, **more)
        return self.placed(made, place)

    def placed(self, row: Row, place: Place | None) -> Row:
        """Return a row with its file, its line and its code."""
        if place is None:
            return row
        return replace(row, file=place.file, line=place.line, code=code_at(place))

    def plain_row(self, name: str, verdict: str, place: Place, **more: Any) -> Row:
        """Return a row without numbers."""
        return self.placed(Row(name, verdict, math.nan, math.nan, 0.0, **more), place)

    def blamed_row(self, step: Step, claim: Claim, site: Site, edit: Edit, mending: Mending) -> Row:
        """Return the row of a claim whose own statement is to blame."""
        if claim.kind == "inner":  # right to a constant: which one is seen where it is mended
            made = self.exemplified(self.site_row(site, edit, mending), step, site)
            return replace(made, name=name_of(claim))
        row = self.row(step, claim, WRONG, "", mistake=edit.said)
        return self.suggested(row, edit, mending)

    def site_row(self, site: Site, edit: Edit, mending: Mending) -> Row:
        """Return the row of a statement that is to blame and is no claim by itself."""
        written, right = mending.numbers.get(id(site), (None, np.zeros(())))
        made = self.numbered(site_name(site), WRONG, site.place, written, right, mistake=edit.said)
        return self.suggested(made, edit, mending)

    def exemplified(self, row: Row, step: Step, site: Site) -> Row:
        """Return the row of a statement with the smallest example at which it goes wrong."""
        made = as_claimed(row, self.tape, step, site.place.statement)
        if made.example or self.bench is None:
            return made
        shown = self.bench.shown.get(self.sites.index(site))
        found = shown and example_of_statement(self.tape, self.bench, *shown, step.runs)
        return with_example(made, found) if found else made

    def suggested(self, row: Row, edit: Edit, mending: Mending) -> Row:
        """Return a row with the corrected line, and the other lines that would do."""
        others = tuple(s.line for s, _ in mending.others)
        made = replace(row, suggestion=as_written(edit.suggestion), alternatives=others)
        lines = [line_of(site, edit) for site, e in mending.edits if e is edit]
        code = linecache.getline(row.file, lines[0]).strip()
        is_below = lines[0] > row.line  # in a statement of several lines
        return replace(made, line=lines[0], code=code or row.code) if is_below else made

    def cut_rows(self, step: Step) -> list[Row]:
        """Return rows for gradients of which one sign only is let through."""
        found = {}
        for claim in step.judgement.claims:
            if claim.kind == "move":
                for entry in cut_gradients(claim, step.runs, step.forward):
                    words = say("clips the gradient on one side: what lies outside is lost")
                    name = entry.names[-1] if entry.names else entry.place.text
                    found[id(entry.place)] = self.plain_row(
                        name, CANNOT_TELL, entry.place, why=words
                    )
        return list(found.values())

    # Mending.

    def mending(self, step: Step) -> Mending | None:
        """Return the smallest set of edits that mends a step; None where none could be tried."""
        bench, tried = self.benched(step, self.suspected(step))
        if not bench.is_aligned:
            return Mending(left=set(step.off))
        found = mended(bench, tried, step.off, most=1)
        if found.left and step.loss.number is not None and step.loss.is_cost:
            ahead, several = self.benched(step, computing(self.tape, step))
            other = mended_ahead(ahead, several) if ahead.is_aligned else None
            if other is not None:
                return other
            self.bench, self.sites = bench, tried
        found = mended(bench, tried, step.off) if found.left else found
        for site, edit in found.single:
            self.single.setdefault(site.line, set()).add(edit.suggestion)
        return found

    def suspected(self, step: Step) -> list[tuple[Place, int]]:
        """Return the statements of the backward pass that may be to blame."""
        tape, judgement = self.tape, step.judgement
        behind = ancestors(
            tape.entries, [judgement.claims[i].number for i in step.off], step.runs.given
        )
        return suspects(tape, behind, step.forward, step.runs.end)

    def benched(self, step: Step, chosen: Sequence[tuple[Place, int]]) -> tuple[Bench, list[Site]]:
        """Record the code again with the edits of some statements tried beside them."""
        tape, judgement = self.tape, step.judgement
        tried = sites(tape, self.code, chosen, sizes(step.runs.entries))
        if self.allowed:
            for site in tried:
                known = self.allowed.get(site.line, ())
                site.edits = [e for e in site.edits if e.suggestion in known]
            tried = [site for site in tried if site.edits]
        trials = Trials([[e.statement for e in site.edits] for site in tried])
        numbered = {span(s.place.statement): k for k, s in enumerate(tried)}
        again = self.again(numbered, trials, step.runs.end + MORE)
        bench = Bench(
            again, trials.done, tape.entries, judgement, step.loss, step.points, step.runs.end
        )
        self.bench, self.sites = bench, tried
        return bench, tried


def _frames(error: BaseException) -> Iterator[TracebackType]:
    """Yield the frames of a traceback, the outermost first."""
    at = error.__traceback__
    while at is not None:
        yield at
        at = at.tb_next


def _once(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of several steps, the worst of each claim."""
    found: dict[tuple[str, int], Row] = {}
    for row in rows:
        key = (row.name, row.line)
        other = found.get(key)
        if other is None or ORDER.index(row.verdict) < ORDER.index(other.verdict):
            found[key] = row
    return list(found.values())
