"""Check a recorded run from top to bottom: parameters, loss, claims, points, judgement.

Parameters are found first, then the loss whose gradients their moves are, then the claims. The
judge compares each claim with the exact gradient at points of both kinds of data. If a claim is
wrong, the smallest set of edits that makes it right shows the wrong lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.loss_finding import losses, losses_of_names, of_another_step
from microgradnet.checking.finding.parameters import Group, Slots, moves, parameters
from microgradnet.checking.finding.points import Point, sets_of_points, without_guards
from microgradnet.checking.finding.steps import (
    called_as_moved,
    first_to_move,
    in_steps,
    is_state_of,
    is_together,
    kept_fixed,
    places_moved,
    that_moves_most,
    unlike,
    whole_steps,
)
from microgradnet.checking.finding.unwritten_losses import SUMMED
from microgradnet.checking.finding.upstream import ASSUMED, Loss, denied, measured
from microgradnet.checking.judging import updates
from microgradnet.checking.judging.claims import claims, returned
from microgradnet.checking.judging.judgement import Judgement, judged, rank, settle
from microgradnet.checking.judging.recognising import carried
from microgradnet.checking.judging.runs import Runs
from microgradnet.checking.judging.taken import (
    limited,
    looked_ahead,
    name_rules,
    taken,
    with_open_penalty,
    with_own_loss,
    without_decay,
)
from microgradnet.checking.judging.update_rules import Optimizer
from microgradnet.checking.judging.updates import unmoved
from microgradnet.tape.entry import Place
from microgradnet.tape.replay import ancestors, dependents, replayed, uses
from microgradnet.tape.tape import Tape
from microgradnet.words import say

ALIKE = 3  # judged trainings of the same statements, such as one for each row of a table
MOST = 4  # steps of a training that are tried, and as many for each that is judged
NO_LOSS = say("no loss was found that it is a gradient of: compute one in each step")
NO_POINT = say("at all other numbers that were tried, the code takes another branch")
NO_OPTIMIZER = "its gradient is right, but no optimizer that is known makes such a step"
Tried = tuple[list[Point], list[list[object]], list[Loss]]


@dataclass(slots=True)
class Step:
    """The findings on one step: its loss, its points, and its judged claims.

    ruled: the claims that are an optimizer's step from right gradients; limited: the moves whose
    gradient is cut to a limit, with their entries; rule, is_up: its name, and whether it climbs;
    open: steps from right gradients by no known rule; gradients: the entries of these gradients;
    carried: the claims whose values right moves are computed from; denied: a computed loss, though
    the moves are gradients of another; right_until: the entry after a right first step; by
    identity, proven: the statements that are right; doubtful: the first whose name says another
    gradient than its value is, or 0; voted: the places of losses that moves are gradients of.
    """

    k: int
    loss: Loss
    runs: Runs
    judgement: Judgement
    forward: set[int]
    points: list[Point]
    ruled: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)
    limited: dict[int, int] = field(default_factory=dict)
    carried: set[int] = field(default_factory=set)
    gradients: set[int] = field(default_factory=set)
    rule: str = ""
    is_up: bool = False
    optimizer: Optimizer | None = None
    denied: Loss | None = None
    right_until: int = 0
    proven: set[int] = field(default_factory=set)
    doubtful: int = 0
    voted: set[int] = field(default_factory=set)

    @property
    def support(self) -> int:
        """The number of right claims: the evidence for a loss that is only assumed."""
        claims, known = self.judgement.claims, self.judgement.proportions
        is_moved = any(c.kind == "move" for c in claims)
        telling = ("move", "named") if is_moved else ("named", "exact")
        right = (i for i, x in enumerate(known) if x and i not in self.judgement.wrong)
        return sum(claims[i].kind in telling for i in right)

    @property
    def off(self) -> set[int]:
        """The claims that are wrong; empty if the loss is only a part of the whole loss."""
        judgement = self.judgement
        return set() if self.apart else judgement.wrong & judgement.hard - self.ruled - self.carried

    @property
    def apart(self) -> set[int]:
        """The moves of parameters the loss does not depend on: it is only a part of the loss."""
        pairs = enumerate(self.judgement.claims)
        return {i for i, c in pairs if c.kind == "move" and not self.runs.reaches(c.bys[0])}


@dataclass(slots=True)
class Training(Group):
    """Parameters that are moved together, and the findings on their steps."""

    steps: list[Step] = field(default_factory=list)
    unmoved: list[updates.Unmoved] = field(default_factory=list)
    reason: str = ""


def trainings(tape: Tape) -> list[Training]:
    """Judge the trainings of a run; parameters that move in turn belong to one training."""
    slots, found = Slots(tape), list[Training]()
    every, used_by = called_as_moved(tape, parameters(slots)), slots.used_by
    for p in sorted(every, key=lambda p: p.versions[1]):
        if found and is_together(found[-1], p):
            found[-1].parameters.append(p)
        else:
            found.append(Training(tape, [p], every, used_by))
    count, off = Counter[frozenset[Place]](), set[Place]()
    for training in found:
        statements = frozenset(p.place for p in training.parameters)
        count[statements] += 1
        if count[statements] <= ALIKE and not statements <= off:
            judge_steps(training)
        if any(step.off for step in training.steps):
            off |= statements
    return [t for t in found if t.steps or t.reason]


def judge_steps(training: Training) -> None:
    """Judge the first steps of a training, and those that differ from them."""
    training.unmoved = updates.lost(training)
    first, whole = _aligned(training), whole_steps(training)
    todo = list(dict.fromkeys([*first_to_move(training, whole), *whole[-1:]]))
    todo += (others := unlike(training.tape, training.parameters, whole, todo))
    for k in todo:  # the loop appends to it
        if k not in others or (training.steps and not training.steps[0].off):
            _judge_step(training, k, _tried(training, k) if k else first, k in others)
        if k == todo[-1] and len(todo) < MOST * (1 + len(training.steps)):
            own = [(s.runs, c) for s in training.steps for c in s.judgement.claims]
            moved = {c.bys[0] for runs, c in own if c.kind == "move" and not runs.is_nothing(c)}
            todo += that_moves_most(training, moved, whole, todo)
    training.steps.sort(key=lambda s: s.k)
    is_open = any(s.off or s.open for s in training.steps[:1] if not s.loss.votes)  # by a guess
    if any(s.loss.votes or is_open for s in training.steps if s.loss.number is not None):  # later
        while training.steps[0].loss.is_assumed:
            del training.steps[0]
    name_rules(training.steps)
    for step in (s for s in training.steps if s.loss.kind == ASSUMED[0] and s.denied is None):
        step.denied = next(measured(training), None)
    for step in training.steps[1:]:
        step.right_until = 0 if training.steps[0].off else training.steps[0].runs.end
    for step in training.steps[:1]:
        ahead = ancestors(step.runs.entries, step.loss.ends())  # what targets take may stay
        found = unmoved(training, step.judgement.claims, step.forward & ahead)
        if len(training.steps) > 1:
            found += updates.kept_at_zero(training.tape, step.judgement.claims, step.forward)
        training.unmoved = found + training.unmoved


def _judge_step(training: Training, k: int, tried: Tried, is_alone: bool) -> None:
    """Judge a step, if it has a loss; is_alone: whether it differs from the first ones."""
    tried = _as_before(tried, training.steps, is_alone)
    if (step := _of_loss(training, k, _or_first(training, k, tried))) is None:
        training.reason = NO_LOSS if tried[0] else NO_POINT
        return
    _judge_moves(training, step)
    step.carried = carried(step.judgement, step.runs, step.ruled, step.limited)
    step.voted = {id(x.place) for x in tried[2] if x.votes}
    training.steps.append(step)


def _or_first(training: Training, k: int, tried: Tried) -> Tried:
    """Return the judged candidates of a step; the first step's loss, if no other one fits."""
    known = training.steps[0].loss if training.steps else None
    if known is None or not tried[0] or places_moved(training, k) != places_moved(training, 0):
        return tried
    if known.kind != SUMMED and any(x.votes or x.place is known.place for x in tried[2]):
        return tried
    same, at = of_another_step(known, training, k), known.place and known.place.statement
    near = [x.place for x in tried[2] if x.place and x.place.statement is at]  # score = -mean
    is_whole = any(not known.votes or id(place) in training.steps[0].voted for place in near)
    return tried if same is None or is_whole else (*tried[:2], [same])


def _as_before(tried: Tried, steps: Sequence[Step], is_alone: bool) -> Tried:
    """Return a step's points, values and losses; only the first step's loss, if it is there."""
    if not steps or steps[0].off:
        return tried
    known = steps[0].loss
    same = [x for x in tried[2] if x.place is known.place and x.kind == known.kind]
    others = [x for x in tried[2] if x.carried is None or x.votes]  # one of another time has to fit
    return (*tried[:2], same or ([] if is_alone else others))


def _judge_moves(training: Training, step: Step) -> None:
    """Compare the moves of a step that are not plain gradients with the rules of optimizers.

    A step by no known rule is neither right nor wrong, unless an earlier step was right.
    """
    judgement, k = step.judgement, step.k
    n, used_by = len(training.moving(k)), training.used_by
    wrong, moves = {i for i in judgement.wrong if i < n}, judgement.claims[:n]
    judgement.untold |= looked_ahead(training, k, moves, wrong, step.runs, step.forward)
    wrong -= judgement.untold.keys()
    if cut := limited(judgement, wrong, step.runs, step.forward):
        step.limited = {i: moves[i].number for i in cut}
        several = [cut.get(i, c) for i, c in enumerate(judgement.claims)]
        judgement = step.judgement = judged(several, step.runs)
        wrong = {i for i in judgement.wrong if i < n}
    before = updates.past(training, k, step.loss) if wrong else updates.Past()
    claims, proportions = judgement.claims[:n], judgement.proportions[:n]
    found = updates.by_a_rule(claims, proportions, wrong, step.runs, step.forward, used_by, before)
    step.ruled, step.open, step.rule = found.by, found.open, found.rule
    step.gradients = found.gradients if found.open else set()
    judgement.untold |= dict.fromkeys(found.signs, say(updates.BY_SIGNS))
    judgement.untold |= with_open_penalty(judgement, found, wrong, step.runs)
    judgement.untold |= with_own_loss(training, k, judgement, wrong, step.runs)
    if wrong - found.by - found.open - judgement.untold.keys():
        _judge_gradients(training, step, found)
    if step.judgement is not judgement:
        return
    step.optimizer, first = found.optimizer, training.steps[0] if training.steps else None
    if step.off and first is not None and first.optimizer is not None and not first.off:
        names, is_up = first.optimizer.goes_on_as(), first.optimizer.is_up
        step.runs.optimizer = replace(found.optimizer, names=names, is_up=is_up, columns=None)
    elif found.rule:
        step.runs.optimizer = replace(found.optimizer, names=(found.rule,), columns=None)
    if first is None or first.off or first.judgement.untold:
        judgement.untold.update(dict.fromkeys(found.open, say(NO_OPTIMIZER)))
    settle(judgement, step.runs, step.ruled)


def _judge_gradients(training: Training, step: Step, ruled: updates.Ruled) -> None:
    """Judge the gradients that the moves take, if they are found, instead of the moves."""
    optimizer, rule, known = ruled.optimizer, ruled.rule, step.judgement.claims
    n, runs = len(optimizer.moves), step.runs
    several = without_decay(runs.entries, known[:n], ruled, step.judgement)
    if not several:
        rule, several = taken(training, step.k, known[:n], optimizer, runs, step.forward)
    if several:
        judgement = judged([*several, *known[n:]], runs)
        settle(judgement, runs, set())
        if judgement.wrong & set(range(n)):
            step.judgement, step.rule, step.ruled, runs.optimizer = judgement, rule, set(), None


def _aligned(training: Training) -> Tried:
    """Group the versions of parameters into steps so that the first step's moves are gradients.

    A parameter that the moves of others depend on and the loss does not is an optimizer's state,
    and is left out. Returns the points, values and losses of the first step.
    """
    several, entries = training.parameters, training.tape.entries
    ways, shares, found = [in_steps(several, entries)], list[tuple[float, int]](), list[Tried]()
    is_in_parts = any(row(entries[p.versions[1]]) in ("setitem", "put") for p in several[1:])
    if is_in_parts or len({len(p.versions) for p in several}) > 1:
        ways.append(in_steps(several, entries, is_even=False))
    ways = [way for way in ways if any(v[0] != v[1] for v in way if len(v) > 1)]
    ways = ways or [[p.versions for p in several]]  # where nothing moves first
    for way in ways:
        for p, versions in zip(several, way):
            p.versions = versions
        found.append(_tried(training, 0))
        votes = found[-1][-1][0].votes if found[-1][-1] else 0
        shares.append((votes / len(training.moving(0)), votes))
    best = shares.index(max(shares))
    for p, versions in zip(several, ways[best]):
        p.versions = versions
    forward = ancestors(entries, [n for loss in found[best][-1][:1] for n in loss.ends()])
    own = [p for p in several if p.versions[0] in forward]
    taken = ancestors(entries, [p.versions[1] for p in own])
    others = [p for p in several if p not in own and not taken.isdisjoint(p.versions)]
    state = [p for p in others if any(is_state_of(entries, p, q) for q in own)]
    kept = [p for p in several if p not in state]
    if not state or not moves(kept, 0):
        return found[best]
    training.parameters = kept
    return _aligned(training)


def _tried(training: Training, k: int, kept: Collection[int] = ()) -> Tried:
    """Return points of a step, the values there, and the losses it may descend.

    kept: data that keep their numbers. Those that the computed loss does not read are among them:
    they may be labels in another form, which would have to change with it.
    """
    tape, end = training.tape, training.end(k)
    fixed, but = kept_fixed(training, end), training.elsewhere(k)
    starts = [p.versions[k] for p in training.moving(k)]
    found = sets_of_points(tape, starts, end, kept=kept, but=but)
    points = [{**p, **fixed} for several in found for p in several]
    values = [replayed(tape.entries, p, but=but) for p in points]
    tried = losses(training, k, values, points[0].keys()) if values else []
    if kept or not tried:
        return points, values, tried
    loss = min(tried, key=lambda x: x.number is None)  # the likeliest of those that are computed
    repeated = loss.carried.entries if loss.carried else []
    ends = [*loss.met(), *(n for e in repeated for n in e.operands if n < end)]
    unread = points[0].keys() - ancestors(tape.entries, ends) - fixed.keys() - {*starts}
    new = [p.versions[k + 1] for p in training.moving(k)]
    is_moving = bool(unread) and not unread.isdisjoint(ancestors(tape.entries, new))
    return _tried(training, k, unread) if is_moving else (points, values, tried)


def _of_loss(training: Training, k: int, first: Tried) -> Step | None:
    """Judge a step under its likeliest loss; None if there is none.

    first: its points, values and losses. If a move is off, the step is also judged without the
    guards that keep a logarithm from that of 0; of equal judgements the last is returned.
    """
    found, (points, values, tried) = list[Step](), first
    moving, entries = training.moving(k), training.tape.entries
    span = training.end(k), [p.versions[k] for p in moving]
    for bare in ({}, without_guards(entries)) if points else ():
        is_fit = found and found[0].loss.votes == len(moving) and not found[0].denied
        if found and (is_fit or not bare):
            break
        if bare:
            drawn, points, but = points[0].keys(), [p | bare for p in points], training.elsewhere(k)
            values = [replayed(entries, p, but=but) for p in points]
            tried = losses(training, k, values, drawn)
        if tried:
            found.append(_step(training, k, tried[0], values, points, span))
            found[-1].denied = denied(tried, entries)
    return min(reversed(found), key=lambda s: (bool(s.denied), *rank(s.judgement)), default=None)


def _step(
    group: Group,
    k: int,
    loss: Loss,
    values: Sequence[Sequence[object]],
    points: list[Point],
    span: tuple[int, Sequence[int]],
    given: Sequence[int] = (),
    out: Sequence[int] = (),
) -> Step:
    """Judge the claims of a step under a loss.

    span: the end of the step, and the entries it starts from; given, out: the entries of a call's
    arguments, and of its results.
    """
    tape, end, starts = group.tape, max(span[0], *(n + 1 for n in loss.ends())), span[1]
    points = [{n: x for n, x in p.items() if n < end} for p in points]
    moved = {*points[0]} | dependents(points[0], group.used_by) if starts else None
    own = range(min(starts), end) if k else moved  # nothing of the steps before, or of the data
    runs = Runs(tape.entries[:end], loss, [v[:end] for v in values], points[0].keys(), own)
    forward = ancestors(runs.entries, [*loss.met(), *starts], starts)
    made = claims(group, k, runs, forward)
    made += returned(tape, given, [n for n in out if n not in forward], made, runs)
    step = Step(k, loss, runs, judged(made, runs), forward, points)
    if not (best := runs.most_telling([made[i] for i in step.off])):
        return step
    values, points = ([x[best], *x[:best], *x[best + 1 :]] for x in (values, points))
    return _step(group, k, loss, values, points, span, given, out)


def derivation(tape: Tape, given: Sequence[int], out: Sequence[int]) -> list[Step]:
    """Judge code that updates nothing: its named derivatives, under each loss it may mean.

    given, out: the entries of the arguments, and of the results. The best judgement comes first.
    """
    end, nothing = len(tape.entries), Group(tape, [], [], uses(tape.entries))
    named = (e.number for e in tape.entries if e.is_source and e.names and e.kind == "f")
    roots = list(given) or list(named)
    points = [p for several in sets_of_points(tape, [], end, roots) for p in several]
    values, found = [replayed(tape.entries, p) for p in points], list[Step]()
    for loss in losses_of_names(nothing, roots) if values else ():
        if not any(v[n] is None for v in values for n in loss.ends()):
            found.append(_step(nothing, 0, loss, values, points, (end, ()), given, out))
    found.sort(key=lambda s: rank(s.judgement))
    for step in found[:1]:
        settle(step.judgement, step.runs, set())
        step.carried = carried(step.judgement, step.runs, set(), {})
    return found
