"""From what was found to a report: a row for each claim, with its line, numbers and words."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from microgradnet.checking.automatic import Automatic
from microgradnet.checking.blame import Blame, has_own_cause, put_right
from microgradnet.checking.check import (
    NO_LOSS,
    NO_OPTIMIZER,
    Step,
    Training,
    derivation,
    trainings,
)
from microgradnet.checking.claims import Claim, is_called_derivative, unclaimed, unmatched
from microgradnet.checking.describing import (
    NOTHING,
    as_claimed,
    described,
    once,
    point_of,
    stopped,
    with_example,
)
from microgradnet.checking.edits import Edit
from microgradnet.checking.examples import example_of_statement
from microgradnet.checking.judging import is_meant, sizes
from microgradnet.checking.mending import Bench, Mending, mended
from microgradnet.checking.observations import note
from microgradnet.checking.optimizers import RULES
from microgradnet.checking.orders import mended_by_order
from microgradnet.checking.parameters import Parameter
from microgradnet.checking.predicting import Passed, passes_after
from microgradnet.checking.proportions import is_equal
from microgradnet.checking.recognising import Gradients
from microgradnet.checking.reference import by_differences
from microgradnet.checking.report import (
    CANNOT_TELL,
    FOLLOWS,
    NOT_CHECKED,
    ORDER,
    PASSED,
    RIGHT,
    SCALED,
    WRONG,
    Report,
    Row,
)
from microgradnet.checking.screening import screen
from microgradnet.checking.sites import Code, Site, sites, suspects
from microgradnet.checking.sketching import sketched
from microgradnet.checking.unseen import unseen
from microgradnet.checking.updates import all_by, cut_gradients, leaves_out
from microgradnet.checking.upstream import Formula
from microgradnet.checking.wording import (
    as_written,
    code_at,
    entries_in_words,
    loss_in_words,
    name_of,
    shown_entry,
    update_of,
)
from microgradnet.operations.differences import Difference
from microgradnet.tape.entry import Place
from microgradnet.tape.recording import Recording
from microgradnet.tape.replay import ancestors, dependents, uses
from microgradnet.tape.sources import line_of_file
from microgradnet.tape.trees import Span, changed_line, span
from microgradnet.tape.trials import Trials
from microgradnet.words import listed, say

# Runs the same code again up to an entry, with edits tried beside some of its statements.
Again = Callable[[Mapping[Span, int], Trials, int], Recording]
OTHER_RATE = "its gradient is right, but it moves by a rate of its own"
OFF_LATER = "right in the first step, wrong in step {k}"
FORWARD = "forward"  # the row of a pass that predicts, against training
MORE = 60  # entries after a step that belong to the statement it ends with


@dataclass(frozen=True)
class Options:
    """What the caller asks for.

    loss: what L is where the code computes none, its name and its formula; witness: whether rows
    show what differences say; allow_automatic: whether what the code lets others derive counts.
    """

    loss: tuple[str, Formula] | None = None
    witness: bool = False
    allow_automatic: bool = False


DEFAULT = Options()


class Reporter:
    """Makes the rows of one recording. again: without it, no edits are tried."""

    def __init__(
        self, recording: Recording, again: Again | None, options: Options = DEFAULT
    ) -> None:
        self.recording, self.again, self.tape = recording, again, recording.tape
        self.options = options
        self.automatic = None if options.allow_automatic else Automatic(recording)
        self.was_right = False
        self.scale = 1.0  # of the first step
        self.passes: list[Passed] = []
        self.moved: list[Parameter] = []
        self.rate: float | None = None
        self._known: dict[int, Gradients] = {}
        self.bench: Bench | None = None
        self.right: set[int] = set()  # statements that give what is right, by identity
        self.own: set[int] = set()  # claims that are wrong though all before them is right
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
            rows += [] if several or found else self.rows_without_loss()
        rows += stopped(self.recording)
        rows += [row for t in found if not t.steps for row in self.unjudged(t)]
        rows = sorted(once(rows), key=lambda r: ORDER.index(r.verdict))
        loss = loss_in_words(several[0].loss) if several else ""
        shown = [row for row in rows if math.isfinite(row.right)]
        is_of_numbers = bool(shown and several) and not any(row.shape for row in shown)
        point = point_of(several[0].runs, self.tape, self.recording.given) if is_of_numbers else {}
        sketch = sketched(self.tape, several[0], rows) if several else None
        said = note(self.recording, several, judged)
        return Report(tuple(rows), said, point, loss, sketch=sketch)

    def of_training(self, training: Training) -> list[Row]:
        """Return the rows of a training; the first step that is off says what is wrong."""
        rows: list[Row] = []
        first = training.steps[0]
        self.scale = first.judgement.scale
        self.moved, self.rate = training.parameters, first.judgement.factors["move"]
        self.passes = list(passes_after(self.tape, training))
        for step in training.steps:
            self.was_right = step is not training.steps[0]
            rows += self.of_step(step)
            if step.off:
                break
        if not first.apart and not any(row.name == FORWARD for row in rows):
            rows += [self.forward_row(passed) for passed in self.passes]
        for u in training.unmoved:
            name = update_of(u.name) if any(r.name == update_of(u.name) for r in rows) else u.name
            rows = [r for r in rows if r.name != name or r.verdict not in PASSED]
            rows.append(self.plain_row(name, NOT_CHECKED, u.place, why=u.reason))
        return rows

    def rows_without_loss(self) -> list[Row]:
        """Return rows of what is called a derivative, where no loss was found."""
        if self.automatic and self.automatic.rows():
            return []
        names = {s.text: s.place for s in self.tape.stores if is_called_derivative(self.tape, s)}
        return [self.plain_row(name, NOT_CHECKED, at, why=NO_LOSS) for name, at in names.items()]

    def forward_row(self, passed: Passed) -> Row:
        """Return the row of a pass that predicts."""
        if passed.parts_at is None:
            return self.plain_row(FORWARD, RIGHT, passed.place)
        words = say("predicting is not what training computes")
        if passed.twin is not None:
            words = say(
                "predicting goes on otherwise than training, line {line}", line=passed.twin.line
            )
        return self.plain_row(FORWARD, WRONG, passed.parts_at, mistake=words)

    def unjudged(self, training: Training) -> list[Row]:
        """Return the rows of a training of which no step was judged; what moves once is none."""
        moved = [p for p in training.parameters if p.moves > 1]
        why = training.reason
        return [self.plain_row(update_of(p.name), NOT_CHECKED, p.place, why=why) for p in moved]

    def of_step(self, step: Step) -> list[Row]:
        """Return the rows of the claims of a step."""
        if not self.unseen.isdisjoint(self.behind(step)):
            why = say("a value is written or computed here in a way that cannot be followed")
            return [
                self.plain_row(name_of(c), NOT_CHECKED, c.place, why=why)
                for c in step.judgement.claims
            ]
        beside = self.automatic.mark(step) if self.automatic else set()
        judgement, mending = step.judgement, self.proof(step)
        self.right = {
            id(c.place.statement)
            for i, c in enumerate(judgement.claims)
            if i not in judgement.wrong and (c.kind != "inner" or judgement.proportions[i] == 1.0)
        }
        is_whole = mending is not None and bool(mending.edits) and not mending.left
        self.own = set() if is_whole or not step.off else self.wrong_by_themselves(step)
        rows, named = self.claim_rows(step, mending, beside)
        causes = tuple(named.values()) or tuple(name_of(judgement.claims[i]) for i in self.own)
        why = say("follows from {names}", names=listed(causes))
        rows = [replace(r, follows=causes, why=why) if r.verdict == FOLLOWS else r for r in rows]
        if not (step.k and self.was_right):
            rows = Blame(self, step).placed_rows(rows)
        return rows + self.cut_rows(step) + self.denied_rows(step) + self.unclaimed_rows(step)

    @cached_property
    def unseen(self) -> set[int]:
        """The entries that cannot be followed."""
        return unseen(self.tape.entries)

    def behind(self, step: Step) -> set[int]:
        """Return what the loss and the claims of a step are computed from."""
        ends = [*step.loss.ends(), *(c.number for c in step.judgement.claims)]
        return ancestors(self.tape.entries, ends)

    def proof(self, step: Step) -> Mending | None:
        """Return the edits that mend a step, if they prove what is wrong.

        Of a loss without a name only one edit that mends all is proof.
        """
        if step.apart:  # the loss may be reached by what predicting computes
            return self.mended_ahead(step) if self.again is not None else None
        is_known = self.may_convict(step)
        may_mend = step.off and self.again is not None and (is_known or not step.loss.is_assumed)
        mending = self.mending(step) if may_mend else None
        if mending is None or self.is_circular(step, mending):
            return None
        if not is_known and (mending.left or len(mending.edits) > 1):
            return None
        if mending.left and not has_own_cause(self.tape, step, mending):
            return None
        return mending

    def claim_rows(
        self, step: Step, mending: Mending | None, beside: set[int]
    ) -> tuple[list[Row], dict[int, str]]:
        """Return the rows of claims and of edited statements, and how these statements are called.

        beside: claims, by position, that have no row.
        """
        rows, named, called = list[Row](), dict[int, str](), dict[int, str]()
        edited = {id(s.place.statement): (s, e) for s, e in mending.edits} if mending else {}
        for i, claim in enumerate(step.judgement.claims):
            statement = id(claim.place.statement)
            is_wrong = i in step.judgement.wrong and i not in step.ruled
            is_blamed = is_wrong and statement in edited
            if i in beside:
                continue
            if mending is None or not is_blamed or (i in mending.off and claim.kind != "inner"):
                rows.append(self.row(step, claim, *self.verdict(step, i, mending)))
            elif i in mending.off:
                called[statement] = name_of(claim)  # filled in place, it is of another value
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
        """Return rows for what is named as a derivative, of which nothing is known."""
        claims = step.judgement.claims
        is_moved = step.k or any(c.kind == "move" for c in claims)
        found = {} if is_moved else unclaimed(self.tape, claims, step.runs)
        why = say("L does not depend on anything of that name, or it has no such name")
        rows = [self.plain_row(name, NOT_CHECKED, at, why=why) for name, at in found.items()]
        why = say("it is the gradient by nothing that has its shape")
        beside = [] if is_moved else unmatched(self.tape, self.recording.returned, claims)
        return rows + [self.plain_row(e.names[-1], NOT_CHECKED, e.place, why=why) for e in beside]

    def wrong_by_themselves(self, step: Step) -> set[int]:
        """Return the claims that are wrong though all before them is right, if that explains all.

        A derivative of one value by another needs no loss, and what a pass returns has ours; others
        only where it is computed, and something else is its gradient.
        """
        found, claims = put_right(step), step.judgement.claims
        sure = {i for i in found if claims[i].kind in ("local", "returned")}
        is_known = not step.loss.is_assumed and step.support > 0
        return found if is_known or found == sure else set()

    def is_circular(self, step: Step, mending: Mending) -> bool:
        """Whether a line is blamed that an assumed loss was read from: another assumption."""
        place = step.loss.place
        if not step.loss.is_assumed or place is None or self.climbs(step):
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
        if i in step.ruled or i not in judgement.wrong | judgement.untold.keys():
            if step.runs.is_nothing(judgement.claims[i]):
                return CANNOT_TELL, say(NOTHING)
            kind = RIGHT if i in step.ruled else self.kind_of_right(step, i)
            if kind == SCALED and self.was_right and is_equal(self.scale, 1.0):
                return CANNOT_TELL, say(OFF_LATER, k=step.k + 1)
            is_ruled = step.rule not in ("", RULES[0].name) and judgement.claims[i].kind == "move"
            why = say("a step of {rule}, down the right gradient", rule=step.rule)
            return kind, why if is_ruled else ""
        if i in step.carried or (i not in judgement.hard and self.other(step, i)):
            return RIGHT, self.other(step, i)
        if i in judgement.untold:
            return CANNOT_TELL, judgement.untold[i]
        if judgement.claims[i].kind == "local" and i in self.own:
            return WRONG, say("it is not the derivative that its name says")
        if self.own and i not in self.own and i in step.off:
            return FOLLOWS, ""
        if mending is not None and mending.edits and i not in mending.off:
            return FOLLOWS, ""
        if i in step.apart:
            return CANNOT_TELL, say("{loss} does not depend on it", loss=loss_in_words(step.loss))
        if step.apart:
            return unsure(step)
        if i not in judgement.hard:
            c = judgement.proportions[i]
            if c and is_meant(abs(c), sizes(step.runs.entries), True):
                return SCALED, ""
            return CANNOT_TELL, say("named like a derivative, but it is not that gradient")
        if i in step.open:
            return CANNOT_TELL, say(NO_OPTIMIZER)
        if self.goes_on_from_right(step, judgement.claims[i]):
            is_other_rate = judgement.proportions[i] and step.support > 0
            return CANNOT_TELL, say(OTHER_RATE if is_other_rate else NO_OPTIMIZER)
        if step.k and self.was_right:
            return CANNOT_TELL, say(OFF_LATER, k=step.k + 1)
        if step.loss.is_assumed and mending is None:
            return unsure(step)
        claim, moves = judgement.claims[i], [c for c in judgement.claims if c.kind == "move"]
        if claim in moves and leaves_out(claim, moves, step.runs, step.forward):
            loss = loss_in_words(step.loss)
            return WRONG, say("the regularisation in {loss} is left out", loss=loss)
        is_returned = claim.kind == "returned"  # of a loss that is ours
        if not is_returned and (step.loss.is_assumed or not step.support):
            return unsure(step)
        return WRONG, say("it is not the gradient of {loss}", loss=loss_in_words(step.loss))

    def goes_on_from_right(self, step: Step, move: Claim) -> bool:
        """Whether a move takes all from the loss by its own gradient, which has a right row."""
        judgement, starts = step.judgement, step.judgement.starts
        right = [c for i, c in enumerate(judgement.claims) if i not in judgement.wrong]
        own = {c.number for c in right if c.kind in ("named", "exact") and c.bys == move.bys}
        moved = dependents(starts, uses(step.runs.entries))
        entries = step.runs.entries
        return move.kind == "move" and bool(own) and all_by(entries, move, own, moved, step.forward)

    def other(self, step: Step, i: int) -> str:
        """Return of what else a value is the gradient, or what right is computed from it."""
        claims, claim = step.judgement.claims, step.judgement.claims[i]
        found = self.known(step).of(claim.number) if claim.kind in ("named", "inner") else None
        moved = {c.bys[0] for c in claims if c.kind == "move"} if claim.kind == "named" else ()
        if found is not None and found[0] not in moved:
            by = step.runs.entries[found[0]]
            return say(
                "it is the gradient by {what}", what=by.names[-1] if by.names else by.place.text
            )
        return say("right moves are computed from it") if i in step.carried else ""

    def kind_of_right(self, step: Step, i: int) -> str:
        """Return the verdict of a claim that is right to a factor that people mean."""
        judgement, claim = step.judgement, step.judgement.claims[i]
        c = judgement.proportions[i]
        if step.loss.is_assumed or claim.kind == "local" or not c:
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
        is_named = not step.loss.is_assumed and step.loss.is_cost
        return is_named or is_local or step.support > 0 or self.climbs(step)

    def climbs(self, step: Step) -> bool:
        """Whether all goes up the gradient of an error that is assumed: no code means to."""
        claims, known = step.judgement.claims, step.judgement.proportions
        moves = [c for c in claims if c.kind == "move"]
        if moves:
            is_up = 2 * step.loss.votes > len(moves) and (step.loss.factor or 0.0) > 0
        else:
            said = [p for c, p in zip(claims, known) if c.kind in ("exact", "named")]
            is_up = bool(said) and all(p is not None and p < 0 for p in said)
        return step.loss.is_assumed and is_up

    def row(self, step: Step, claim: Claim, verdict: str, why: str, **more: Any) -> Row:
        """Return the row of a claim, with the entry that is farthest off at the first point."""
        values = step.runs.values[0]
        written, right = claim.written(values), np.asarray(step.runs.right(claim, 0), dtype=float)
        right = right * self.factor(step, claim)
        off = step.judgement.wrong | step.judgement.untold.keys()
        is_other = verdict == RIGHT and any(step.judgement.claims[i] is claim for i in off)
        if is_other:  # an optimizer's step, or the gradient by something else than its name says
            right = np.asarray(written, dtype=float)
        is_blamed = verdict != WRONG or bool(more.get("mistake"))
        place = claim.place if is_blamed else None
        if self.options.witness:
            found, times = by_differences(step.runs, claim), self.factor(step, claim)
            if found is not None:
                more["difference"] = Difference(found.value * times, abs(found.error * times))
        made = self.numbered(name_of(claim), verdict, place, written, right, why=why, **more)
        made = described(made, self.tape, step, claim, self.factor(step, claim))
        if not step.forward.isdisjoint({*self.recording.given} - {*step.runs.given}):
            made = replace(made, example={})  # it is of other numbers, too, which stay as they are
        return replace(made, of="") if is_other and claim.kind != "move" else made

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
        own = None if i in step.judgement.wrong else own
        is_assumed = step.loss.is_assumed and claim.kind != "local"
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
        row = self.row(step, claim, WRONG, "", mistake=self.in_context(edit, site))
        return self.suggested(row, site, edit, mending)

    def site_row(self, site: Site, edit: Edit, mending: Mending) -> Row:
        """Return the row of a statement that is to blame and is no claim by itself."""
        written, right = mending.numbers.get(id(site), (None, np.zeros(())))
        made = self.numbered(
            site.name, WRONG, site.place, written, right, mistake=self.in_context(edit, site)
        )
        return self.suggested(made, site, edit, mending)

    def exemplified(self, row: Row, step: Step, site: Site) -> Row:
        """Return the row of a statement with the smallest example at which it goes wrong."""
        made = as_claimed(row, self.tape, step, site.place.statement)
        if made.example or self.bench is None or site not in self.sites or step.k:
            return made
        shown = self.bench.shown.get(self.sites.index(site))
        found = shown and example_of_statement(self.tape, self.bench, *shown, step.runs)
        return with_example(made, found) if found else made

    def in_context(self, edit: Edit, site: Site) -> str:
        """Return the mistake in words: of a move that is one too many, that it is the second."""
        statement = site.place.statement
        if isinstance(statement, ast.AugAssign) and not edit.suggestion:
            several = [n for s in self.code.body(site.place) for n in ast.walk(s)]
            moving = [n for n in several if isinstance(n, ast.AugAssign) and n is not statement]
            if site.name in [ast.unparse(n.target) for n in moving]:
                return say("moves {name} a second time", name=site.name)
        return edit.said

    def suggested(self, row: Row, site: Site, edit: Edit, mending: Mending) -> Row:
        """Return a row with the corrected line, and the other lines that would do."""
        line = changed_line(site.place.statement, edit.statement, site.line)
        if line != site.line and row.line == site.line:
            row = replace(row, line=line, code=line_of_file(row.file, line).strip())
        others = tuple(s.line for s, _ in mending.others if id(s.place.statement) not in self.right)
        return replace(row, suggestion=as_written(edit.suggestion), alternatives=others)

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

    def mended_ahead(self, step: Step) -> Mending | None:
        """Return the formula of what predicts in the place of what training has, if that mends."""
        for passed in self.passes:
            twin, other = passed.twin, passed.parts_at
            if twin is None or other is None or not isinstance(twin.statement, ast.Assign):
                continue
            target = ast.unparse(twin.statement.targets[0])
            value = getattr(other.statement, "value", None)
            words = say("is not what predicting computes, line {line}", line=other.line)
            edit = Edit(f"{target} = {value and ast.unparse(value)}", words, 1.0)
            site = Site(twin, [edit], 0, called=FORWARD)
            trials = Trials([site.edited()])
            numbered = {span(twin.statement): 0}
            assert self.again is not None
            bench = Bench(
                self.again(numbered, trials, step.runs.end + MORE),
                trials.done,
                self.tape.entries,
                step,
            )
            swaps = bench.swaps(0, 0) if bench.is_aligned else None
            if swaps and not bench.off_ahead(swaps):
                return Mending([(site, edit)], numbers={id(site): bench.numbers(0, swaps)})
        return None

    def mending(self, step: Step) -> Mending | None:
        """Return the smallest set of edits that mends a step; None where none could be tried."""
        tape, judgement = self.tape, step.judgement
        found = mended_by_order(tape, self.moved, step, self.rate, self.code.trees)
        found = found or self.mended_ahead(step)
        if found is not None:
            return found
        off, starts = [judgement.claims[i].number for i in step.off], judgement.starts
        behind = ancestors(tape.entries, off, starts)
        chosen = suspects(tape, behind, step.forward, step.runs.end, starts)
        right = {n for g in step.gradients for n in ancestors(tape.entries, [g], starts) - {g}}
        done = {id(e.place.statement) for e in map(tape.entries.__getitem__, right) if e.operands}
        chosen = [c for c in chosen if id(c[0].statement) not in done]
        moving = {id(p.place.statement) for p in self.moved}
        tried = sites(tape, self.code, chosen, sizes(step.runs.entries), moving)
        numbered = {span(s.place.statement): k for k, s in enumerate(tried)}

        def again(trials: Trials) -> Recording:
            assert self.again is not None
            return self.again(numbered, trials, step.runs.end + MORE)

        screen(again, tape.entries, step, tried, self.allowed)
        trials = Trials([site.edited() for site in tried])
        bench = Bench(again(trials), trials.done, tape.entries, step)
        self.bench, self.sites = bench, tried
        if not bench.is_aligned:
            return Mending(left=set(step.off))
        found = mended(bench, tried, step.off)
        for site, edit in found.single:
            self.single.setdefault(site.line, set()).add(edit.suggestion)
        return found


def unsure(step: Step) -> tuple[str, str]:
    """Return the verdict of what is not the gradient of a loss that may be another."""
    loss = loss_in_words(step.loss)
    return CANNOT_TELL, say("not the gradient of {loss}, or that is not the loss", loss=loss)
