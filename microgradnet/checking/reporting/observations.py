"""Write the note of a report: the assumptions, the judged steps, the code that never ran."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.finding.increments import row
from microgradnet.checking.finding.unseen import block, unreached
from microgradnet.checking.finding.unwritten_losses import SUMMED
from microgradnet.checking.judging.judged_steps import Step, Training
from microgradnet.checking.reporting.wording import loss_in_words
from microgradnet.tape.entry import Entry, Place
from microgradnet.tape.recording import Recording
from microgradnet.tape.tape import Tape
from microgradnet.words import listed, say

FEW = 4  # branches that are listed one by one
SPREAD = ("add", "subtract", "multiply", "divide")  # operations that broadcast


def note(recording: Recording, steps: Sequence[Step], trainings: Sequence[Training]) -> str:
    """Return the sentences below the rows of a report."""
    tape = recording.tape
    said = [*recording.notes, *assumed(steps), *spread(tape, steps)]
    said += [s for t in trainings for s in steps_seen(t, tape)]
    said += rounds_left(tape) if trainings else ()
    said += [*never_reached(tape), *never_called(tape, bool(recording.given))]
    return listed(dict.fromkeys(said), " ")


def assumed(steps: Iterable[Step]) -> Iterator[str]:
    """Yield the loss that was given or assumed, if the code computes none."""
    for step in steps:
        if step.loss.formula is not None:
            yield say("L is what was given: {loss}.", loss=step.loss.name)
        if step.loss.kind == SUMMED:
            yield say("L is {loss}, which no step computes as one number.", loss=step.loss.name)
        if step.loss.is_assumed:
            words = "No computed loss fits: L is taken to be {loss}, up to a factor."
            if step.loss.carried is not None:  # of other rows
                words = "No step computes L: it is {loss} of the step's own rows, up to a factor."
            yield say(words, loss=loss_in_words(step.loss))


def steps_seen(training: Training, tape: Tape) -> Iterator[str]:
    """Yield the judged steps of a training, and their number if all steps were recorded."""
    judged, taken = len(training.steps), max(len(p.versions) - 1 for p in training.parameters)
    which = listed(str(step.k + 1) for step in training.steps)
    if tape.left and judged == 1:
        yield say("Step {which} was judged.", which=which)
    elif tape.left:
        yield say("Steps {which} were judged.", which=which)
    elif judged == 1 and taken > 1:
        yield say("Step {which} of {of} was judged.", which=which, of=taken)
    elif taken > judged:
        yield say("Steps {which} of {of} were judged.", which=which, of=taken)
    bare = {v: tape.entries[v].place for p in training.parameters for v in p.bare}
    lines = {p.line: p.line_in_words for p in bare.values()}
    if lines:
        words = "Not judged: what is done to parameters after their move, line {lines}."
        yield say(words, lines=listed(str(x) for _, x in sorted(lines.items())))


def rounds_left(tape: Tape) -> Iterator[str]:
    """Yield the outermost loops that recording left early, with the number of their rounds."""
    for k, loop in enumerate(tape.left):
        line, n, of = loop.place.line_in_words, loop.rounds, loop.of
        if any(later.began <= loop.began for later in tape.left[k + 1 :]):
            continue
        if of is not None:
            yield say("The loop of line {line} ran {n} of {of} rounds.", line=line, n=n, of=of)
        elif n == 1:
            yield say("The loop of line {line} was left after 1 round.", line=line)
        else:
            yield say("The loop of line {line} was left after {n} rounds.", line=line, n=n)


# What never ran.


def never_reached(tape: Tape) -> Iterator[str]:
    """Yield the branches and loops that compute something and never ran."""
    found = {place.line: _branch(place) for place in unreached(tape)}
    inner = _inside(place for p, place in enumerate(tape.places) if place.line in found)
    lines = [words for line, words in sorted(found.items()) if line not in inner]
    more = [say("and {n} more", n=len(lines) - FEW)] if len(lines) > FEW else []
    if lines:
        yield say("Never ran: {lines}.", lines=listed([*lines[:FEW], *more]))


def _inside(places: Iterable[Place]) -> set[int]:
    """Return the lines of statements inside the blocks of these places."""
    blocks = [block(place) for place in places if place.kind == "block"]
    inner = (n for several in blocks for s in several for n in ast.walk(s) if n is not several[0])
    return {n.lineno for n in inner if isinstance(n, ast.stmt)}


def _branch(place: Place) -> str:
    """Return the words for a block: its line, and the head of its statement."""
    head = ast.unparse(place.node).split("\n")[0].rstrip(":")
    is_else = isinstance(place.node, ast.If) and place.statement not in place.node.body
    words = "line {line} (the else of `{head}`)" if is_else else "line {line} (`{head}`)"
    return say(words, line=place.line_in_words, head=head)


def never_called(tape: Tape, is_call: bool) -> Iterator[str]:
    """Yield the functions that compute derivatives and did not run."""
    left = [x for p, x in enumerate(tape.places) if x.kind == "function" and p not in tape.reached]
    several = [] if is_call else [p for p in left if _derives(p.statement)]
    names = [say("{name} (line {line})", name=p.function, line=p.line_in_words) for p in several]
    if names:
        yield say("Did not run, and so not checked: {names}.", names=listed(dict.fromkeys(names)))


def _derives(function: ast.stmt) -> bool:
    """Whether a function stores a value named as a derivative, or subtracts from a value."""
    nodes = [*ast.walk(function)]
    subtracts = any(isinstance(n, ast.AugAssign) and isinstance(n.op, ast.Sub) for n in nodes)
    targets = (t for n in nodes if isinstance(n, ast.Assign) for t in n.targets)
    return subtracts or any(vocabulary.is_derivative(ast.unparse(t)) for t in targets)


# Shapes that broadcast.


def spread(tape: Tape, steps: Iterable[Step]) -> Iterator[str]:
    """Yield the lines where a column and a row broadcast to a square, which is seldom meant."""
    seen = set[int]()
    for step in steps:
        for entry in [tape.entries[n] for n in sorted(step.forward) if n < len(tape.entries)]:
            is_new = row(entry) in SPREAD and id(entry.place) not in seen
            if is_new and (shapes := _square(tape.entries, entry)) is not None:
                seen.add(id(entry.place))
                words = "Line {line}: {code} has the shape {shape}, as {a} and {b} are broadcast."
                a, b, shape = map(str, shapes)
                code = entry.place.text
                yield say(words, line=entry.place.line_in_words, code=code, shape=shape, a=a, b=b)


def _square(entries: Sequence[Entry], entry: Entry) -> tuple[tuple[int, ...], ...] | None:
    """Return the shapes (n, 1), (n,) and (n, n) of operands and result; None for other shapes."""
    if len(entry.operands) != 2:
        return None
    a, b = (entries[n].shape for n in entry.operands)
    column, line = (a, b) if len(a) == 2 else (b, a)
    n = line[0] if len(line) == 1 else 0
    return (a, b, (n, n)) if n > 1 and column == (n, 1) else None
