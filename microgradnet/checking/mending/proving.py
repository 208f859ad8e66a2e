"""Find the edits that prove a mistake in a step, tried while the code runs again."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from microgradnet.checking.finding.parameters import Parameter
from microgradnet.checking.finding.proportions import is_equal
from microgradnet.checking.finding.upstream import PULLED
from microgradnet.checking.finding.vocabulary import is_of_slope
from microgradnet.checking.judging.judged_steps import Step, Training, derivation, trainings
from microgradnet.checking.judging.judgement import has_rate, sizes
from microgradnet.checking.judging.predicting import Passed
from microgradnet.checking.judging.runs import Claim
from microgradnet.checking.judging.taken import ROOTED
from microgradnet.checking.mending.bench import Bench, Mending, mended
from microgradnet.checking.mending.edits import Edit
from microgradnet.checking.mending.file_code import FileCode, atoms, code_of
from microgradnet.checking.mending.screening import screen
from microgradnet.checking.mending.sites import (
    Site,
    changes_a_number,
    drops_a_term,
    only_reads,
    sites,
    suspects,
)
from microgradnet.checking.mending.wrong_order import mended_by_order
from microgradnet.tape.entry import Place
from microgradnet.tape.library_calls import spellings
from microgradnet.tape.recording import LIMIT, Recording
from microgradnet.tape.replay import ancestors
from microgradnet.tape.rewriting import Sites
from microgradnet.tape.tape import Tape
from microgradnet.tape.trees import Span, differing, span
from microgradnet.tape.trials import Trials
from microgradnet.words import say

Again = Callable[[Sites, Trials, int], Recording]
FORWARD = "forward"  # the row that compares a prediction with training
MOST_REPAIRED = 3  # statements that are wrong, each shown only by the repair of those before
MOST_NAMES = 6  # that are tried, each by running the code again
MANY = 12  # statements that may be wrong
MORE = 60  # entries after a step that still belong to its last statement


def at_numbers(
    again: Again,
    point: Mapping[int, Any],
    sites: Sites | None = None,
    trials: Trials | None = None,
    limit: int = LIMIT,
) -> Recording:
    """Record a run once more, with other numbers in place of some of its sources."""
    trials = Trials([]) if trials is None else trials
    trials.instead = {**point, **trials.instead}
    return again(sites or {}, trials, limit)


class Prover:
    """Finds the edits that repair the steps of one recording. again: if None, none are tried.

    repaired: statements that run instead of others, by span; allowed: the only edits that are
    tried, by line, if there are any; single: edits that each repair everything alone, by line.
    """

    def __init__(self, recording: Recording, again: Again | None) -> None:
        self.tape, self.again, self.recording = recording.tape, again, recording
        self.repaired: dict[Span, ast.stmt] = {}
        self.allowed: dict[int, set[str]] = {}
        self.single: dict[int, set[str]] = {}
        self.passes: Sequence[Passed] = ()
        self.moved: Sequence[Parameter] = ()
        self.rate: float | None = None
        self.bench: Bench | None = None
        self.sites: list[Site] = []

    @cached_property
    def code(self) -> FileCode:
        """The code of the recording; read only if edits are tried."""
        return code_of(tuple(self.recording.trees.items()))

    def begin(self, training: Training, passes: Sequence[Passed]) -> None:
        """Go on with another training. passes: the predictions after it."""
        self.moved, self.passes = training.parameters, passes
        self.rate = training.steps[0].judgement.factors["move"]

    def proof(self, step: Step) -> Mending | None:
        """Return the edits that prove a mistake; one for all where the loss is assumed."""
        if step.open and not step.off:
            return self.renamed(step)
        if step.apart:  # the prediction may show the missing part of the loss
            return self.mended_ahead(step) if self.again is not None else None
        is_known = may_convict(step)
        may_mend = step.off and self.again is not None and (is_known or not step.loss.is_assumed)
        mending = self.mending(step) if may_mend else None
        if mending is None or is_circular(step, mending):
            return None
        if step.loss.is_assumed and any(drops_a_term(site, edit) for site, edit in mending.edits):
            return None
        if not is_known and (mending.left or len(mending.edits) > 1):
            return None
        if mending.left and not has_own_cause(self.tape, step, mending):
            return None
        is_of_pair = step.loss.name == PULLED and step.loss.number is not None
        is_open = bool(step.judgement.starts) and step.judgement.factors["move"] is None
        has_state = bool(step.k or step.rule or is_open)  # of an optimizer, or of steps before
        if mending.left or is_of_pair:  # a pair is tried at other sizes
            return mending
        by_number = any(changes_a_number(site, edit) for site, edit in mending.edits)
        by_number |= bool(self.shifted(mending))
        if not (has_state or by_number) or self.is_confirmed(mending):
            return mending
        return self.first_confirmed(mending) if by_number else None

    def shifted(self, mending: Mending) -> dict[Span, ast.stmt]:
        """Return other numbers for the constants in edited statements, by place.

        An edit may be right by chance: a penalty of 0.01 is 1/n for 100 rows.
        """
        both = [x for s, e in mending.edits for x in (s.place.statement, e.statement or ast.Pass())]
        return self.code.shifted(atoms(both, set()))

    def renamed(self, step: Step) -> Mending | None:
        """Return the edit of one name that makes steps by no known rule those of an optimizer.

        Any other edit may only turn an optimizer that is not known into one that is.
        """
        judgement, optimizer = step.judgement, step.optimizer
        if self.again is None or optimizer is None:
            return None
        untold, hard = judgement.untold, judgement.hard
        judgement.untold = {i: why for i, why in untold.items() if i not in step.open}
        judgement.hard = hard | step.open
        step.runs.optimizer = replace(optimizer, names=ROOTED, columns=None)
        found = self.mending(step, is_of_names=True)
        found = found and self.first_confirmed(found)
        if found is None:
            judgement.untold, judgement.hard, step.runs.optimizer = untold, hard, None
        return found

    def first_confirmed(self, found: Mending) -> Mending | None:
        """Return the single edits with which the code is right, that of the fewest names first."""
        several = sorted(found.single, key=lambda one: changes_a_number(*one))[:MOST_NAMES]
        right = [(s, e) for s, e in several if self.is_confirmed(Mending([(s, e)]))]
        if not right or self.bench is None:
            return None
        right.sort(key=lambda one: len(differing(one[0].place.statement, one[1].statement)))
        site, edit = right[0]
        at = self.sites.index(site)
        swaps = self.bench.swaps(at, site.edits.index(edit)) or {}
        others = [(s, e) for s, e in right[1:] if s is not site]
        numbers = {id(site): self.bench.numbers(at, swaps)}
        return Mending([(site, edit)], others=others, numbers=numbers)

    def is_confirmed(self, mending: Mending) -> bool:
        """Whether the code is right if it runs again with the edits in place of their statements.

        A replay at the points of one step may agree by chance, as one of a momentum of 0.5 does;
        constants in the edited statements have other numbers.
        """
        pairs = [(span(s.place.statement), edit.statement) for s, edit in mending.edits]
        instead = {at: statement for at, statement in pairs if statement is not None}
        if self.again is None or len(instead) < len(pairs):  # a mistake of order has no edit
            return True
        recording = self.run_repaired(self.again, self.shifted(mending) | instead)
        names = {p.name for p in self.moved}
        found = [t for t in trainings(recording.tape) if names & {p.name for p in t.parameters}]
        steps = [step for t in found for step in t.steps]
        if not names:
            steps = derivation(recording.tape, recording.given, recording.returned)[:1]
        return bool(steps) and not any(step.off or step.open for step in steps)

    def run_repaired(self, again: Again, instead: Mapping[Span, ast.stmt]) -> Recording:
        """Run the whole code with statements in place of others."""
        recording = again(instead, Trials([]), LIMIT)
        recording.tape.loss, recording.tape.loss_name = self.tape.loss, self.tape.loss_name
        return recording

    def run_again(self, step: Step, several: Sequence[Site], trials: Trials) -> Recording:
        """Run the code up to the end of a step, with trials beside the statements of sites."""
        assert self.again is not None
        numbered = {span(site.place.statement): k for k, site in enumerate(several)}
        return self.again({**self.repaired, **numbered}, trials, step.runs.end + MORE)

    def bench_of(self, step: Step, several: Sequence[Site]) -> Bench:
        """Return another recording of a step, with the edits of sites beside it."""
        starts = step.judgement.starts
        claimed = ancestors(self.tape.entries, [c.number for c in step.judgement.claims], starts)
        later = [n for n in claimed | starts if n >= step.right_until]
        trials = Trials([site.edited() for site in several])
        trials.but = step.right_until, min(later, default=0)  # steps that no claim depends on
        recording = self.run_again(step, several, trials)
        return Bench(recording, trials.done, self.tape.entries, step)

    def mended_ahead(self, step: Step) -> Mending | None:
        """Return the edit that gives training the formula of the prediction, if that is right."""
        for passed in self.passes:
            twin, other = passed.twin, passed.parts_at
            if twin is None or other is None or not isinstance(twin.statement, ast.Assign):
                continue
            target = ast.unparse(twin.statement.targets[0])
            value = getattr(other.statement, "value", None)
            words = say("is not what predicting computes, line {line}", line=other.line_in_words)
            edit = Edit(f"{target} = {value and ast.unparse(value)}", words, 1.0)
            site = Site(twin, [edit], 0, called=FORWARD)
            bench = self.bench_of(step, [site])
            swaps = bench.swaps(0, 0) if bench.is_aligned else None
            if swaps and not bench.off_ahead(swaps):
                return Mending([(site, edit)], numbers={id(site): bench.numbers(0, swaps)})
        return None

    def mending(self, step: Step, is_of_names: bool = False) -> Mending | None:
        """Return the smallest set of edits that repairs a step; None if none could be tried.

        is_of_names: whether only edits of names are tried.
        """
        tape, judgement = self.tape, step.judgement
        found = mended_by_order(tape, self.moved, step, self.rate)
        found = found or self.mended_ahead(step)
        if found is not None:
            return found
        off, starts = [judgement.claims[i].number for i in step.off], judgement.starts
        behind = ancestors(tape.entries, off, starts)
        chosen = suspects(tape, behind, step)
        right = {n for g in step.gradients for n in ancestors(tape.entries, [g], starts) - {g}}
        done = {id(e.place.statement) for e in map(tape.entries.__getitem__, right) if e.operands}
        chosen = [c for c in chosen if id(c[0].statement) not in done]
        chosen = [c for c in chosen if span(c[0].statement) not in self.repaired]
        if self.allowed:
            chosen = [c for c in chosen if c[0].line in self.allowed]
        found = Mending(left=set(step.off))
        for several in _likeliest_first(chosen, step):
            found = self.mended_among(several, step, is_of_names)
            if not found.left:
                break
        if found.left and found.edits and not self.allowed:
            found = self.completed(step, found) or found
        for site, edit in found.single:
            self.single.setdefault(site.line, set()).add(edit.suggestion)
        return found

    def completed(self, step: Step, part: Mending) -> Mending | None:
        """Return a partial repair with that of the mistakes that show only when it runs."""
        assert self.again is not None
        repaired = {span(s.place.statement): e.statement or ast.Pass() for s, e in part.edits}
        repaired |= self.repaired
        if len(repaired) >= MOST_REPAIRED:
            return None
        recording, known = self.run_repaired(self.again, repaired), step.judgement.claims
        other = Prover(recording, self.again)
        other.repaired = repaired
        names = {known[i].name for i in part.left}
        for training in trainings(recording.tape):
            for after in training.steps:
                off = {after.judgement.claims[i].name for i in after.off}
                if off and off <= names and (after.k, after.loss.name) == (step.k, step.loss.name):
                    other.begin(training, ())
                    rest = other.mending(after)
                    return self.joined(part, rest, after, known) if rest else None
        return None

    def joined(
        self, part: Mending, rest: Mending, after: Step, known: Sequence[Claim]
    ) -> Mending | None:
        """Return two repairs as one of the first run; None if they leave something wrong."""
        places = {(p.file, span(p.statement)): p for p in self.tape.places}
        found = Mending([*part.edits], numbers={**part.numbers})
        for site, edit in rest.edits:
            place = places.get((site.place.file, span(site.place.statement)))
            if rest.left or place is None:
                return None
            found.edits.append((replace(site, place=place), edit))
            found.numbers[id(found.edits[-1][0])] = rest.numbers[id(site)]
        names = {after.judgement.claims[i].name for i in rest.off}
        found.off = {i for i, c in enumerate(known) if c.name in names}
        return found if rest.edits else None

    def mended_among(
        self, chosen: Sequence[tuple[Place, int]], step: Step, is_of_names: bool
    ) -> Mending:
        """Return the smallest set of edits of some statements that repairs a step."""
        moving = {id(p.place.statement) for p in self.moved}
        counts = sizes(step.runs.entries)
        tried = sites(self.tape, self.code, chosen, counts, moving, spellings(self.recording))
        own = {c.place.function for c in step.judgement.claims}
        for site in tried:
            is_doubtful = id(site.place.statement) == step.doubtful
            is_helper = site.place.function not in own and not is_of_slope(site.place.function)
            site.far = 0.3 * only_reads(site.place.statement) - 0.45 * is_doubtful
            site.far += 0.15 * is_helper
        run = partial(self.run_again, step, tried)
        pairs = screen(run, self.tape.entries, step, tried, self.allowed)
        for site in tried if is_of_names else ():
            old = site.place.statement
            site.edits = [e for e in site.edits if differing(old, e.statement)]
        bench = self.bench_of(step, tried)
        self.bench, self.sites = bench, tried
        if not bench.is_aligned:
            return Mending(left=set(step.off))
        found = mended(bench, tried, step.off)
        return (found.left and _by_a_pair(bench, tried, pairs)) or found


def _by_a_pair(
    bench: Bench, tried: Sequence[Site], pairs: Sequence[Sequence[tuple[int, Edit]]]
) -> Mending | None:
    """Return the nearest pair of edits that repairs everything, if only two statements have one."""
    found = dict[tuple[int, int], tuple[Any, dict[int, int]]]()
    for pair in sorted(pairs, key=lambda p: sum(edit.cost for _, edit in p)):
        own = [bench.swaps(at, tried[at].edits.index(edit)) or {} for at, edit in pair]
        swaps, at = {**own[0], **own[1]}, (pair[0][0], pair[1][0])
        is_whole = at not in found and all(own) and not bench.off(swaps) & bench.judgement.hard
        if is_whole and bench.keeps_the_past(swaps):
            found[at] = pair, swaps
    if len(found) != 1:
        return None
    [(pair, swaps)] = found.values()
    several = [(tried[at], edit) for at, edit in pair]
    numbers = {id(tried[at]): bench.numbers(at, swaps) for at, _ in pair}
    return Mending(several, off=bench.off(swaps), numbers=numbers)


def _likeliest_first(
    chosen: Sequence[tuple[Place, int]], step: Step
) -> Iterator[Sequence[tuple[Place, int]]]:
    """Yield those not proven right, then all statements; of many, the doubtful one first, alone."""
    doubtful = [c for c in chosen if id(c[0].statement) == step.doubtful]
    likely = [c for c in chosen if id(c[0].statement) not in step.proven]
    yield from ([doubtful] if doubtful and len(likely) > MANY else [])
    yield from ([likely] if likely else [])
    yield from ([chosen] if len(likely) < len(chosen) else [])


def is_circular(step: Step, mending: Mending) -> bool:
    """Whether the mistake is in the line that the assumed loss was read from: a circular proof."""
    place = step.loss.place
    if not step.loss.is_assumed or place is None or climbs(step):
        return False
    return any(site.place.statement is place.statement for site, _ in mending.edits)


def may_convict(step: Step) -> bool:
    """Whether a loss can prove a mistake: it is computed, or some claim is its gradient."""
    is_local = all(step.judgement.claims[i].kind == "local" for i in step.off)
    is_named = not step.loss.is_assumed and step.loss.is_named
    is_told = (is_named or step.support > 0) and not has_rival(step)
    return is_local or is_told or climbs(step)


def has_rival(step: Step) -> bool:
    """Whether as many moves have another factor, so that either may be right.

    Of a loss that the code computes, the moves with a written rate are right.
    """
    several = zip(step.judgement.claims, step.judgement.proportions)
    moves = [(c, p) for c, p in several if c.kind == "move" and p]
    count = [sum(is_equal(p, q) for _, q in moves) for _, p in moves]
    is_known = not step.loss.is_assumed and has_rate(step.runs.entries, moves)
    return len(moves) > 2 and count.count(max(count)) > max(count) and not is_known


def climbs(step: Step) -> bool:
    """Whether all claims go up the gradient of an assumed loss, which no code intends."""
    claims, known = step.judgement.claims, step.judgement.proportions
    moves = [c for c in claims if c.kind == "move"]
    if moves:
        is_up = 2 * step.loss.votes > len(moves) and (step.loss.factor or 0.0) > 0
    else:
        said = [p for c, p in zip(claims, known) if c.kind in ("exact", "named")]
        is_up = bool(said) and all(p is not None and p < 0 for p in said)
    return step.loss.is_assumed and is_up


def has_own_cause(tape: Tape, step: Step, mending: Mending) -> bool:
    """Whether the repaired claims and those still wrong have no unproven entry in common."""
    judgement, starts = step.judgement, step.judgement.starts

    def behind(several: Iterable[int]) -> set[int]:
        return ancestors(tape.entries, [judgement.claims[i].number for i in several], starts)

    right = {i for i, c in enumerate(judgement.proportions) if c and i not in judgement.wrong}
    common = behind(step.off - mending.left) & behind(mending.left)
    return bool(mending.edits) and common <= behind(right) | step.forward
