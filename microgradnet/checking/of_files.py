"""Check a file: its own run, its pairs of passes, and the functions that it never calls."""

from __future__ import annotations

import copy
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

from microgradnet.checking.finding.parameters import Slots, parameters
from microgradnet.checking.finding.steps import Enough
from microgradnet.checking.passes.backward import TOO_MANY, is_wrong
from microgradnet.checking.passes_of_file import (
    NO_EXAMPLE,
    Pair,
    of_made_up,
    pairs_of,
    report_on,
    rules_of,
)
from microgradnet.checking.reporting.automatic import with_calls
from microgradnet.checking.reporting.report import (
    FOLLOWS,
    NOT_CHECKED,
    PASSED,
    UNTOLD,
    WRONG,
    Options,
    Report,
    Row,
    are_untold,
    is_moved,
    is_of_lines,
    is_told,
    once,
    sorted_rows,
    without_numbers,
)
from microgradnet.checking.reporting.reporter import Reporter
from microgradnet.checking.reporting.verdicts import agreed
from microgradnet.checking.scope import (
    callers,
    is_by_hand,
    is_own,
    lines_of,
    name_of,
    uncalled,
)
from microgradnet.checking.variants import besides, run_of, timed
from microgradnet.tape.feeding.by_name import is_training
from microgradnet.tape.feeding.feeder import NO_TIME, Fed, Unfed
from microgradnet.tape.feeding.own_code import Code
from microgradnet.tape.feeding.running import FileRun, Ran, provided
from microgradnet.tape.feeding.state import NoGradientError
from microgradnet.tape.limits import Clock, OutOfTime, within
from microgradnet.tape.recording import LIMIT, Recording
from microgradnet.tape.sources import Source
from microgradnet.words import listed, say, sentence

__all__ = ["LEFT", "file_report"]

LIMITS = (NO_TIME, TOO_MANY)
LEAST = 2.0  # seconds that each part of a file has
BESIDE = 3.0  # seconds after which no other script beside a file is run
LEFT = say(
    'the code ended itself (quit, exit or sys.exit): put that below `if __name__ == "__main__":`'
)


def file_report(source: Source, options: Options, name: str = "", method: str = "") -> Report:
    """Return the report of a file's own run, or of calls of its functions if that shows nothing."""
    clock = Clock()
    clock.start(options.seconds)
    run, report, recording = run_of(source, options)
    clock.end += report.seconds["code"]
    if not clock.is_late() and are_untold(report.rows) and (more := besides(source)):
        other = run_of(more, options)
        is_sure = all(row.suggestion for row in other[1].rows if row.verdict == WRONG)
        if is_sure and not are_untold(other[1].rows):
            run, report, recording = other
    if run.ran is None:  # the recording was ended
        if not is_told(report.rows):
            raise ValueError(TOO_MANY)
        rest = without_numbers(say("the rest"), NOT_CHECKED, TOO_MANY)
        return replace(report, rows=(*report.rows, rest))
    names = run.ran.namespace
    if name and name not in names:
        if isinstance(recording.error, Exception):
            raise recording.error
        has = listed(k for k, v in names.items() if is_own(v)) or say("no functions")
        words = "no {name} in {file}; it has {has}"
        raise NameError(say(words, name=name, file=source.file, has=has))
    return FileCheck(run, run.ran, recording, options, clock, name, method).report(report)


class FileCheck:
    """The check of a file that has run. name, method: the wanted part; "" for all.

    clock: says when nothing more is begun; wanted: the lines of the wanted part; None for all.
    """

    def __init__(
        self,
        run: FileRun,
        ran: Ran,
        recording: Recording,
        options: Options,
        clock: Clock,
        name: str,
        method: str,
    ) -> None:
        self.run, self.clock, self.names, self.missing = run, clock, ran.namespace, ran.missing
        self.recording, self.options, self.name, self.method = recording, options, name, method
        self.called, self.untold = name_of(self.names, name), list[Report]()
        self.pairs, self.reasons = dict[str, Pair](), dict[str, str]()  # reasons: of those not fed
        self.outside = set[int]()  # the lines in no function
        self.wanted = lines_of(run.source.tree(), self.called, method) if name else None

    def report(self, own: Report) -> Report:
        """Return the report of all that is wanted; own: that of the file's own run."""
        own = replace(own, rows=self.those_wanted(own.rows))
        rules = rules_of(self.names, self.name)
        proof = self.proof(own) if self.options.with_proof else None
        pairs = self.of_pairs(own, rules) if self.options.with_passes else {}
        if rules:
            code = Code(self.names, self.run.source.text)
            with provided(self.missing):
                pairs[""] = report_on(rules, code, self.recording.tape.applied)
        pairs = {k: _of_part(x, k) for k, x in pairs.items()}
        if proof is not None:
            wrong = [r for x in pairs.values() for r in x.rows if r.verdict in (WRONG, FOLLOWS)]
            return _with_rows([proof, *pairs.values()], once([*wrong, *proof.rows]))
        used = {k for k, p in self.pairs.items() if (p.reason or self.reasons.get(k)) in LIMITS}
        if not pairs:
            try:
                rest = self.of_rest(own, used)
            except ValueError:  # there is nothing else than pairs that tell nothing
                rest = replace(own, rows=())
                if not any(p.reason for p in self.pairs.values()):
                    raise
            return replace(rest, rows=(*rest.rows, *self.of_untold(rest.rows, pairs)))
        judged = self.used_by(pairs)
        rest = replace(own, rows=tuple(r for r in own.rows if r.verdict != NOT_CHECKED), note="")
        with suppress(ValueError, MemoryError, OutOfTime), self.in_time():  # there is nothing else
            used |= {k for k, p in self.pairs.items() if p.lines.start in judged}
            rest = rest if rules else self.of_rest(own, {*pairs, *used})
        judged |= set() if is_moved(rest.rows) else self.outside  # where the file only calls them
        rows = [r for r in rest.rows if r.verdict not in UNTOLD or r.line not in judged]
        reports = [*pairs.values(), replace(rest, rows=tuple(rows))]
        rows = once([row for report in reports for row in report.rows])
        rows += self.of_untold(rows, pairs)
        notes = dict.fromkeys(report.note for report in reports if report.note and report.rows)
        whole = _with_rows(reports, rows)
        return replace(whole, note=listed(notes, "\n"), seconds=own.seconds)

    def proof(self, own: Report) -> Report | None:
        """Return the report that tapes prove; None if they tell of nothing."""
        with suppress(ValueError):
            found = self.of_rest(own)
            return found if is_told(found.rows) else None
        return None

    def in_time(self, share: float = 1.0) -> AbstractContextManager[None]:
        """Return a context that ends after a share of the time that is left."""
        return within(max(share * self.clock.left(), LEAST))

    def those_wanted(self, rows: Sequence[Row]) -> tuple[Row, ...]:
        """Return the rows of the wanted lines, and those of no line in particular."""
        return tuple(r for r in rows if self.wanted is None or r.line in self.wanted or not r.line)

    def of_pairs(self, own: Report, rules: Mapping[str, Any]) -> dict[str, Report]:
        """Return the reports of the pairs of passes that the own run does not show, by name.

        rules: the Functions and custom_vjp functions, by name, whose passes are judged as such.
        """
        code, found = Code(self.names, self.run.source.text), dict[str, Report]()
        ran = {e.place.line for e in self.recording.tape.entries}
        shown = {row.line for row in own.rows if row.verdict not in UNTOLD}
        of_rules = [*rules, *(rule.bwd.__name__ for rule in rules.values() if hasattr(rule, "bwd"))]
        several = [p for p in pairs_of(code, self.name) if p.name.partition(".")[0] not in of_rules]
        pairs = {p.name: p for p in several if shown.isdisjoint(p.lines)}
        inside = {k for n in code.nodes.values() for k in range(n.lineno, (n.end_lineno or 0) + 1)}
        self.outside = set(range(1, len(code.lines) + 1)) - inside
        if is_moved([row for row in own.rows if row.verdict not in UNTOLD]):
            pairs = {k: p for k, p in pairs.items() if ran.isdisjoint(p.lines)}
        self.pairs, called = pairs, self.recording.tape.arguments
        with provided(self.missing):
            reports = ((k, p.report(self.names, called)) for k, p in pairs.items())
            found.update({k: told for k, told in reports if told is not None})
        others = {g.name for g in code.goals()} - pairs.keys()
        others |= {k for k, x in found.items() if any(r.verdict not in PASSED for r in x.rows)}
        for fed in self.run.feds(self.clock.is_late, others) if pairs.keys() - others else ():
            try:  # a quarter of the time is for those to come
                with provided(self.missing), self.in_time(0.75):
                    told = pairs[fed.goal].made_up(fed)
            except OutOfTime:
                told, pairs[fed.goal].reason = None, NO_TIME
            if told is not None and (fed.goal not in found or is_wrong(told)):
                found[fed.goal] = told
        self.reasons = {x.goal: x.reason for x in self.run.unfed}
        return found

    def used_by(self, pairs: Collection[str]) -> set[int]:
        """Return the lines of some pairs and of all that they use."""
        tree, found = self.run.source.tree(), set[int]()
        for name in pairs:
            kind, _, own = name.rpartition(".")
            pair = self.pairs.get(name)
            for f in (own, pair.at[0][0]) if pair else (own,):
                found |= lines_of(tree, kind or f, f if kind else "")
        return found

    def of_untold(self, rows: Sequence[Row], found: Collection[str]) -> Iterator[Row]:
        """Yield a row for each pair of passes that no row is about, and no pair that is judged.

        found: the names of those that are judged.
        """
        shown = {row.line for row in rows}
        told = [k for k, p in self.pairs.items() if not shown.isdisjoint(p.lines)]
        judged = self.used_by([*told, *found])
        for name, p in self.pairs.items():
            is_open = p.lines.start not in judged or (name in self.reasons and name not in told)
            if is_open and all(row.name != name for row in rows):
                why = p.reason or self.reasons.get(name) or say(NO_EXAMPLE, name=name)
                yield without_numbers(name, NOT_CHECKED, why)

    def of_rest(self, own: Report, without: Collection[str] = ()) -> Report:
        """Return the report of the own run, or of calls of functions if that shows nothing.

        without: the functions that are judged already.
        """
        rows = own.rows
        by_hand = [k for k, x in self.names.items() if is_by_hand(x) and self.name in ("", k)]
        if is_told(rows) and (is_moved(rows) or not by_hand):
            return own  # else a function shows more by itself than where the file calls it
        reports = list(self.fed(without))
        found = tuple(row for fed in reports for row in fed.rows)
        found += tuple(self.of_unfed()) if reports else ()
        if by_hand and is_told(found):
            return _with_rows(reports, found)
        if is_told(rows):
            return own
        if found:
            return _with_rows(reports, once(found + rows))
        if not self.options.allow_automatic:
            rows = self.those_wanted(with_calls(own, self.recording).rows)
        is_of_error = self.recording.error is not None and len(rows) == 1
        if not rows or (is_of_error and rows[0].verdict == NOT_CHECKED):
            if self.untold:
                return self.untold[0]  # its rows say where the code stops
            raise self.nothing()
        return replace(own, rows=(*rows, *self.of_unfed()))

    def of_unfed(self) -> Iterator[Row]:
        """Yield a row for each method and each training function that could not be called."""
        for unfed in self.run.unfed:
            if "." in unfed.goal or is_training(unfed.goal):
                yield without_numbers(unfed.goal, NOT_CHECKED, unfed.reason)

    def nothing(self) -> Exception:
        """Return the error to raise if nothing can be checked: the code's own, if it raised one."""
        error, unfed = self.recording.error, self.run.unfed
        is_read, is_made = isinstance(error, (ImportError, OSError)), bool(self.missing.data.used)
        if isinstance(error, Exception) and not is_read and not is_made:
            return error
        why = unfed[0].reason if unfed else say("nothing moves, and nothing is called a derivative")
        why = sentence(error) if error else LEFT if self.missing.has_left else why
        if error and is_made and not is_read:
            made = listed(self.missing.data.notes(), "; ")
            why = say("the code stops on made-up data ({error}): {made}", error=why, made=made)
        words = "{file} has nothing that trains or derives and can be checked: {reason}"
        words = "{file} is not checked: {reason}" if why in LIMITS else words
        return ValueError(say(words, file=self.run.source.file, reason=why))

    def fed(self, without: Collection[str]) -> Iterator[Report]:
        """Yield the reports of functions and classes that a file defines and never calls.

        They are called with data of the file, by a script beside it, or with made-up arguments.
        """
        for way in (self.with_data(without), self.by_scripts(), self.made_up(without)):
            is_found = False
            for report in way:
                is_found |= is_told(report.rows)
                yield report
            if is_found:
                return

    def with_data(self, without: Collection[str]) -> Iterator[Report]:
        """Yield the reports of functions that are called with data of the file."""
        for more, said in uncalled(self.names, self.called, self.method):
            if said not in without and not self.clock.is_late():
                again = partial(self.run.record_more, more, say("Checked: {name}.", name=said))
                report = timed(again, again, self.options)[0]
                if is_told(report.rows):
                    yield report
                elif len(report.rows) > 1:
                    self.untold.append(report)

    def by_scripts(self) -> Iterator[Report]:
        """Yield the report of the first script beside the file that trains with it."""
        end, own = time.process_time() + BESIDE, self.run.source.file
        for script in callers(self.run.source):
            if time.process_time() > end:
                return
            try:
                beside = FileRun(script, Enough())
                recording = beside.record(limit=LIMIT // 4)
                several = [] if recording.has_stopped else parameters(Slots(recording.tape))
                if not any(p.versions[1:] for p in several):
                    continue  # it only predicts
                report = timed(partial(copy.copy, recording), beside.record, self.options)[0]
            except MemoryError:
                continue
            rows = tuple(r for r in report.rows if is_of_lines(r, own, self.wanted))
            if is_told(rows):
                said = say("{script} calls it.", script=script.file.name)
                note = say("{said} {note}", said=said, note=report.note)
                yield replace(report, rows=rows, note=note)
                return

    def made_up(self, without: Collection[str]) -> Iterator[Report]:
        """Yield the reports of functions that are called with made-up arguments."""
        goal = f"{self.called}.{self.method}" if self.method else self.called
        for fed in self.run.feds(self.clock.is_late, without, goal):
            try:
                with self.in_time(0.5):
                    report = self._of_fed(fed)
            except (MemoryError, OutOfTime) as error:
                why = NO_TIME if isinstance(error, OutOfTime) else TOO_MANY
                self.run.unfed.append(Unfed(fed.goal, why))
                continue
            if report is not None:
                yield _of_part(report, fed.goal)

    def _of_fed(self, fed: Fed) -> Report | None:
        """Return the report of calls with made-up arguments; None if these do not fit."""
        again = partial(self.run.record_more, partial(fed.again, 0), fed.text)
        report, recording = timed(again, again, self.options)
        if isinstance(recording.error, NoGradientError):
            return None
        rows = tuple(of_made_up(report.rows, fed))
        if is_told(rows):
            other = self.run.record_more(partial(fed.again, 1), fed.text)
            other.tape.loss = self.options.loss
            rows = tuple(agreed(rows, Reporter(other, None, self.options).report().rows))
        return replace(report, rows=rows)


def _of_part(report: Report, part: str) -> Report:
    """Return a report as that of a part of a file."""
    rows = tuple(replace(row, part=part) for row in report.rows)
    return replace(report, rows=rows, sketch=report.sketch and replace(report.sketch, part=part))


def _with_rows(reports: Sequence[Report], rows: Sequence[Row]) -> Report:
    """Return the report of some rows of several, with the picture of the worst that has one."""
    rows = sorted_rows(rows)
    sketches = {report.sketch.part: report.sketch for report in reports if report.sketch}
    drawn = next((sketches[row.part] for row in rows if row.part in sketches), None)
    return replace(reports[0], rows=rows, sketch=drawn)
