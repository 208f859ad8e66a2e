"""Make objects and arguments for the classes and functions of a file that are never called."""

from __future__ import annotations

import contextlib
import random
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations, permutations
from typing import Any

from microgradnet.tape.feeding.attempts import Attempt, Caller, directly
from microgradnet.tape.feeding.dimensions import Sizes
from microgradnet.tape.feeding.guesses import ARRAYS, named
from microgradnet.tape.feeding.hints import depth, is_read_ahead, optimizers
from microgradnet.tape.feeding.own_code import Code, Goal
from microgradnet.tape.feeding.repairing import mend
from microgradnet.tape.feeding.state import Call, Reached, State
from microgradnet.words import listed, say

TRIES, QUICK, SECONDS = 1000, 0.7, 2.5  # for one goal: a first search, and another
BETTER = 0.5  # seconds for a search that goes on without square matrices
LACKING = 100  # attempts after the code asks for a name that it never defines
OTHERS = 3  # tries with other sizes
PATIENCE = 40  # attempts without progress before the search starts again
PENALTY = re.compile(r"l1|l2|l1_?l2|\w*(reg|lambda|decay|penalty|lambd)\w*|lam|wd", re.IGNORECASE)
WINDOWS = {"stride": 2, "dilat": 3, "pad": 4}  # the least at which a mistake shows, none alike
REPEATED = re.compile(r"epoch|iter|seed|every|steps?$|times", re.IGNORECASE)  # no factors
OF_ROWS = ("one-hot", "labels", "targets", "two classes", "indices", "probabilities")  # one a row
NO_TIME = say("no time was left for it: check it by itself, or with more time (--timeout)")
Change = Callable[[State], bool]  # changes a state, if it can
NESTED = 2  # loops
LARGE = 40  # a side
TRIED = 4  # smaller numbers of a side
KNOWN = ("default", "given")
TOLD = 2  # turns with the shapes that the file tells


@dataclass(frozen=True)
class Fed:
    """Calls with made-up arguments that end in a backward pass or a training step, in order."""

    goal: str
    calls: tuple[Call, ...]
    _attempt: Attempt = field(repr=False)

    @staticmethod
    def by(attempt: Attempt) -> Fed:
        """Return the calls of an attempt that reached its goal."""
        return Fed(attempt.goal.name, tuple(attempt.calls), attempt)

    @property
    def text(self) -> str:
        """The made-up calls, in words."""
        return say("Made up: {calls}", calls=listed(map(str, self.calls)))

    @property
    def ahead(self) -> str:
        """The made-up calls before the last, in words."""
        return say("Made up: {calls}", calls=listed(map(str, self.calls[:-1])))

    @property
    def is_square(self) -> bool:
        """Whether two sides of an array had to be equal, and no file tells so."""
        return self._attempt.state.is_square()

    @property
    def is_as_named(self) -> bool:
        """Whether dimensions that the file names apart have different sizes."""
        return self._attempt.state.is_as_named()

    @property
    def ones(self) -> list[str]:
        """The whole numbers that had to be 1, such as a stride: factors that do not show.

        Two that are equal are such numbers, too: their ratio is 1.
        """
        several = [pair for call in self.calls for pair in call.arguments.items()]
        several += [pair for _, x in several if isinstance(x, dict) for pair in x.items()]
        whole = {k: x for k, x in several if type(x) is int and not REPEATED.search(k)}
        count = [*whole.values()].count
        return [k for k, x in whole.items() if x == 1 or (x and count(x) > 1)]

    def again(
        self, seed: int, names: Mapping[str, Any] | None = None, call: Caller = directly
    ) -> Fed:
        """Make the calls again with other sizes and numbers; raises exceptions of the called code.

        names: the names of the file after another run of it; their functions are called instead.
        """
        attempt = self._attempt.elsewhere(seed, call)
        if names is not None:
            attempt.code = Code(names, attempt.code.source)
            attempt.goal = next(g for g in attempt.code.goals() if g.name == self.goal)
        attempt.run()
        return Fed.by(attempt)

    def smaller(self) -> Fed:
        """Return the calls with the smallest sizes, or these if the code does not run with them."""
        return Fed.by(_least(self._attempt))

    def elsewhere(self) -> Fed | None:
        """Return the calls with other sizes and numbers; None if the code runs with no others."""
        for seed in range(OTHERS, 0, -1):
            with contextlib.suppress(Exception):
                return self.again(seed)
        return None

    def with_numbers(self) -> Iterator[Fed]:
        """Yield the calls with a number for an array whose shape nothing tells, if they run."""
        for key, guess in self._attempt.state.guesses.items():
            if guess.is_told or guess.kind not in ARRAYS.split("|") or key.startswith(self.goal):
                continue
            other = self._attempt.elsewhere(0, directly)
            other.state.another(other.state.guesses[key], "positive")
            other.state.part()
            with contextlib.suppress(Exception):
                other.run()
                other.elsewhere(1, directly).run()
                yield Fed.by(other)


@dataclass(frozen=True)
class Unfed:
    """A function that no call with made-up arguments reached, and the reason in words."""

    goal: str
    reason: str


def feed(
    namespace: Mapping[str, Any],
    source: str,
    call: Caller = directly,
    ran: Collection[str] = (),
    known: dict[str, Fed | Unfed] | None = None,
    wanted: str = "",
    is_late: Callable[[], bool] = lambda: False,
) -> Iterator[Fed | Unfed]:
    """Yield calls with made-up arguments that run a file's backward passes and training steps.

    namespace: the names of the file after it ran. source: its text. call: makes each call; it may
    raise any exception of the called code. ran: qualified names of functions that need no calls.
    known: what was found before, by name; it is added to. wanted: the qualified name of a
    function or a class; "" for all. is_late: whether no further search is begun. Functions that
    cannot be called come last, without the helpers of those that can.
    """
    code = Code(namespace, source)
    code.keep()
    own, whole = code.goals(), f"{wanted}." if wanted else ""
    searches = {g.name: Search(code, g, call) for g in own if f"{g.name}.".startswith(whole)}
    covered, known = set(ran), {} if known is None else known
    for seconds in (QUICK, SECONDS):  # the quick ones first, but none whose caller may be found
        waiting = set[str]()
        for name, search in searches.items():
            if name in covered | waiting or isinstance(known.get(name), Unfed) or is_late():
                continue
            found = known.get(name) or search.found(seconds)
            code.reset()
            if seconds == SECONDS or isinstance(found, Fed) or search.left <= 0:
                known[name] = found
            if isinstance(found, Fed):
                covered |= code.covered(search.goal)
                yield found
            elif name not in known:
                waiting |= code.covered(search.goal)
    for name in (n for n in searches if n not in covered):
        reason = known.get(name)
        yield reason if isinstance(reason, Unfed) else Unfed(name, NO_TIME)


class Search:
    """A search for arguments that reach a goal; the exceptions of each attempt guide its repair."""

    def __init__(self, code: Code, goal: Goal, call: Caller) -> None:
        self.code, self.goal, self.call = code, goal, call
        self.rng = random.Random(0)
        self.left, self.turn, self.end = TRIES, 0, 0.0
        self.reaching: Attempt | None = None
        self.farthest = Reached()  # of the attempts that end in an error of the code
        self.runs_as_told = False  # if so, no other shapes are tried
        self.is_near = False  # whether the goal was reached

    def found(self, seconds: float) -> Fed | Unfed:
        """Return the calls that reach the goal, if possible without any square matrix.

        seconds: after them the search ends, and may go on later.
        """
        self.end = time.process_time() + seconds
        with contextlib.suppress(NotImplementedError):
            while self.goes_on() and not self.one_turn(self.turn):
                self.turn += 1
        if self.reaching is None:
            return Unfed(self.goal.name, self.farthest.why(self.goal, self.code))
        return Fed.by(self.reaching)

    def goes_on(self) -> bool:
        """Whether attempts and time are left."""
        return self.left > 0 and time.process_time() < self.end

    def one_turn(self, turn: int) -> bool:
        """Search from a fresh state; return whether the goal is reached without square matrices."""
        as_told = turn < TOLD or self.runs_as_told
        state = State(Sizes(), {}, self.code.before(self.goal, turn), set(), as_told)
        state.optimizers = frozenset() if turn % 2 else optimizers(self.code, self.goal)
        best, since, told = Reached(), 0, True
        while since < PATIENCE and self.goes_on():
            self.left, since = self.left - 1, since + 1
            reached = self.reach(state)
            if reached is None:
                self.end = self.end if self.is_near else time.process_time() + BETTER
                self.is_near = True
                found = None if self.reaching is None else self.reaching.state
                return found is not None and not found.is_square() and _largest(found) <= LARGE
            if self.code.lacks(reached.error):  # few arguments lead past it
                self.left = min(self.left, LACKING)
            since = 0 if reached.far > best.far else since
            if reached.far > self.farthest.far and reached.frames:
                self.farthest = reached
            same = reached.far == best.far and (told or self.rng.random() < 0.15)
            best = reached if reached.far > best.far or same else best
            state = best.state.copy()
            told = mend(state, best.error, self.code, self.goal, best.frames, self.rng)
            if state.before != best.state.before:
                best = Reached()  # progress over other calls is not comparable
        return False

    def reach(self, state: State) -> Reached | None:
        """Attempt a state at three sets of sizes; return the progress, None if all succeed."""
        attempt = Attempt(self.code, self.goal, state.copy(), self.call, 0)
        try:
            attempt.run()
            self.reaching = self.reaching or attempt
            for seed in (2, 1):
                attempt = attempt.elsewhere(seed, self.call)
                attempt.run()
        except NotImplementedError:
            raise
        except (Exception, SystemExit) as error:  # the arguments do not suit the code
            self.runs_as_told |= state.as_told and bool(getattr(error, "shapes", None))
            return Reached.by(attempt.done, attempt.state, error, self.code.file)
        is_long = depth(self.code, self.goal) >= NESTED  # all sizes are multiplied there
        loose = _loosened(_least(attempt) if is_long else attempt)
        is_apart = not Fed.by(loose).ones and _largest(loose.state) <= LARGE
        self.reaching = loose if is_apart and not is_long else _least(loose)
        return None


def _largest(state: State) -> int:
    return max(map(state.sizes.__getitem__, state.dims()), default=0)


def _least(attempt: Attempt) -> Attempt:
    """Return an attempt with sizes as small as the code lets them be, all different."""
    used = [i for _, g in attempt.state.all() if g.kind != "like output" for i in g.dims]
    values = (g.among[0] for _, g in attempt.state.all() if g.kind == "given")
    given = {n for n in values if isinstance(n, int)}
    free = attempt.elsewhere(0, attempt.call).state.sizes.keep(used)
    free += [i for i in dict.fromkeys(used) if attempt.state.sizes[i] > LARGE and i not in free]
    for i in sorted(free, key=attempt.state.sizes.__getitem__, reverse=True):
        sizes = attempt.state.sizes
        taken = {sizes[k] for k in used if k != i} | given
        end = sizes[i] + 9 * (sizes[i] in given)
        for n in [n for n in range(2, end) if n not in taken][:TRIED]:
            other = attempt.elsewhere(0, attempt.call)
            other.state.sizes.keep(used)
            other.state.sizes.forms[i], other.state.sizes.are_small = n, True
            with contextlib.suppress(Exception):
                other.run()
                other.elsewhere(1, attempt.call).run()
                attempt = other
                break
    return attempt


def _loosened(attempt: Attempt) -> Attempt:
    """Return an attempt with sizes as free as the code lets them be.

    Each side of an array, or a few, gets a size of its own; a whole number is no longer as large
    as another, nor 1.
    """
    end = time.process_time() + SECONDS / 4

    def changes() -> Iterator[Change]:
        yield from (*_of_sides(attempt.state), *_of_sizes(attempt.state))
        for key in dict(attempt.state.all()):
            yield partial(_of_number, key, attempt.code, attempt.goal)
            for i in {*attempt.state.dims()}:
                yield from (partial(f, key, i) for f in (_grouped, _biased, _sized))

    for change in changes():
        other = attempt.elsewhere(0, attempt.call)
        if time.process_time() < end and change(other.state):
            with contextlib.suppress(Exception):
                other.run()
                other.elsewhere(1, other.call).run()
                attempt = other
    return attempt


def _of_sides(state: State) -> Iterator[Change]:
    """Yield changes that give sides of arrays of one size another size.

    Targets keep theirs, and the rows of the input: there is one for each.
    """
    known = dict(state.all())
    rows = {i for g in known.values() if g.kind.startswith(OF_ROWS) for i in g.dims}
    free = [(k, g) for k, g in known.items() if not g.is_told and not g.kind.startswith(OF_ROWS)]
    sides = [(key, k) for key, g in free for k in range(len(g.dims))]
    for several in (x for n in (1, 2, 3) for x in combinations(sides, n)):
        is_sized = any(known[key].kind == "size" for key, _ in several)  # no number of rows
        if is_sized or rows.isdisjoint(known[key].dims[k] for key, k in several):
            yield partial(_split, several)


def _split(sides: Sequence[tuple[str, int]], state: State) -> bool:
    sizes, guesses = state.sizes, dict(state.all())
    before = [guesses[key].dims[k] for key, k in sides]
    if any(sizes.is_multiple(d) for d in before):
        return False
    shared = [d for d in before if state.dims().count(d) > len(sides)]
    is_free = all(isinstance(sizes.forms[d], int) for d in before)
    if len({sizes[d] for d in before}) > 1 or (is_free and not shared):
        return False
    new = sizes.new()
    for key, k in sides:
        guesses[key].dims[k] = new
    return True


def _of_sizes(state: State) -> Iterator[Change]:
    """Yield changes that make sizes a multiple: of as many features as heads, or of two."""
    sizes = {g.dims[0]: None for g in state.guesses.values() if g.kind == "size"}
    own = [(i, i) for i in dict.fromkeys(state.dims())]
    for i, j in (*permutations(sizes, 2), *own):
        yield partial(_multiplied, i, j)


def _multiplied(i: int, j: int, state: State) -> bool:
    return state.sizes.multiply(i, j)


def _grouped(key: str, i: int, state: State) -> bool:
    """Give a number of 1, as of groups, the value 2, and a size a multiple of it."""
    guess = dict(state.all())[key]
    if guess.kind != "one" or not isinstance(state.sizes.forms[i], int):
        return False
    state.another(guess, "few")
    state.sizes.forms[i] = ("*", state.sizes.new(), 2)
    return True


def _sized(key: str, i: int, state: State) -> bool:
    """Give a size of 1, and the side of an array that has it, another number."""
    guess = dict(state.all())[key]
    is_size = named(key.rpartition(".")[2], Sizes()).kind == "size"
    if guess.kind != "one" or not is_size or state.sizes[i] != 1:
        return False
    guess.kind, guess.dims = "size", [i]
    state.sizes.free(i)
    return True


def _biased(key: str, i: int, state: State) -> bool:
    """Give a bias that is None by default a value."""
    guess, name = dict(state.all())[key], key.rpartition(".")[2]
    is_left_out = guess.kind == "default" and guess.among[0] is None
    if is_left_out and name[:1] == "b":
        guess.kind, guess.dims = "vector", [i]
        return True
    return False


def _of_number(key: str, code: Code, goal: Goal, state: State) -> bool:
    """Give a window its least size, 2 for 1, and another factor for a default that hides it."""
    guess, name = dict(state.all())[key], key.rpartition(".")[2]
    is_read, given = is_read_ahead(code, name, goal), guess.among[:1]
    least = next((n for word, n in WINDOWS.items() if word in key), None)
    if guess.kind == "default" and least and isinstance(given[0], int):
        guess.kind, guess.among = "given", [max(least, int(given[0]))]
    elif PENALTY.fullmatch(name) and guess.kind not in KNOWN and not is_read:
        state.another(guess, "zero")  # the forward pass has no such term
    elif guess.kind in KNOWN and is_read and _hides(given[0]):
        guess.kind, guess.among = "given", [0.75 if given[0] else 0.25]
    elif guess.kind == "one" and not least and named(name, Sizes()).kind == "size":
        guess.kind, guess.dims = "size", [state.sizes.new()]
    elif guess.kind == "one":
        guess.kind, guess.among = "given", [least or 2]
    else:
        return False
    return True


def _hides(default: object) -> bool:
    """Whether a default is a factor that does not show, as that of a penalty: 0, or 1.0."""
    is_number = isinstance(default, (int, float)) and default is not False
    return is_number and (default == 0 or (isinstance(default, float) and default == 1))
