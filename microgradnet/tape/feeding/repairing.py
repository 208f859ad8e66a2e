"""Mend the guesses of a try by the exception that it ends in."""

from __future__ import annotations

import ast
import contextlib
import random
import re
import traceback
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import prod
from typing import Any

from microgradnet.tape.feeding.by_name import comes_after
from microgradnet.tape.feeding.dimensions import Sizes
from microgradnet.tape.feeding.guesses import ARRAYS, Guess, attributes_of, dims_of, named, value_of
from microgradnet.tape.feeding.own_code import Code, Goal
from microgradnet.tape.feeding.state import NoGradientError, State
from microgradnet.tape.sources import line_of_file

# Pattern of an exception's text, and the kinds to try for the argument instead.
OTHER_KINDS: tuple[tuple[str, str], ...] = (
    (r"cannot unpack|expected 2\)", "pairs|pairs of lists|shape"),
    (r"slices, not (numpy\.)?float", "rows|indices|labels"),
    (r"'(list|float64)' object cannot be interpreted", "size|sizes|indices"),
    (r"'(get|items|keys|values)'|not str$", "dict"),
    (r"only integers, slices", "dict|rows of indices|indices"),
    (r"has no len|not iterable|not subscriptable|index to scalar|len\(\) of|concatenate list",
     "sizes|matrix|vector|lists|shape"),
    (r"not callable", "function|object"),
    (r"interpreted as an integer|truth value|sequence of integers|multiply sequence|not supported"
     r"|only (length-1|0-dim)|must be real number|unsupported operand", "size|rate|few|one|no"),
    (r"only integer scalar|arrays used as indices|list indices must be|integer or boolean",
     "size|indices|rows of indices|labels|one"),
    (r"'(list|int|float|tuple|NoneType)' object has no attribute"
     r" '(shape|T|dot|reshape|copy|sum|size|ndim|mean)'", "matrix|vector|images|image|sequence"),
    (r"not enough values|tuple index out of range|too many indices|axis \d is out of bounds"
     r"|too many values|axes don|must have at least|dimensional|-d\b",
     "matrix|images|image|sequence|vector|shape|column"),
    (r"has no attribute '(standard_)?(normal|uniform|random|integers|choice)'", "generator"),
    (r"object has no attribute", "object|objects"),
    (r"Cannot cast ufunc", "vector|matrix"),  # an array of whole numbers
)  # fmt: skip
MOST_BEFORE = 4


def mend(
    state: State,
    error: BaseException,
    code: Code,
    goal: Goal,
    frames: Sequence[traceback.FrameSummary],
    rng: random.Random,
) -> bool:
    """Change one thing that an exception points to, else one at random.

    Return whether the exception points to it: a size, a key, a call to make before.
    """
    text = str(error)
    near = code.names_near(frames)
    keys = [k for k in state.guesses if k.rpartition(".")[2] in near]
    if all(state.guesses[k].kind == "like output" for k in keys):  # that others give its shape
        keys = []
    sure = {k for k, g in state.guesses.items() if g.kind == "like output" or _by_name(k) in SURE}
    keys = [k for k in keys or state.guesses if k not in sure or rng.random() < 0.1]
    if text == "equal sizes" and rng.random() < 0.5:
        state.sizes.free(rng.choice(state.dims()))
        return True
    if isinstance(error, NoGradientError) and _mend_shape(state, error.shapes, rng):
        return True
    if _mend_none(state, text, keys, rng) or _mend_optimizer(state, text, frames):
        return True
    if _mend_key(state, error, code, keys) or _mend_before(state, text, code, goal, frames, rng):
        return True
    for guess in (g for g in state.guesses.values() if g.kind in PAIRS and rng.random() < 0.3):
        guess.kind = PAIRS[guess.kind == PAIRS[0]]
        return True
    if _mend_sizes(state, error, keys, rng):
        return True
    if keys:
        others = [c for c in code.classes if c is not goal.kind]
        key = rng.choice(keys)
        if plain := goal.plain.get(key.rpartition(".")[2]):
            state.another(state.guesses[key], rng.choice(plain.split("|")))
        else:
            _change_kind(state, key, error, others, rng)
    return False


def _mend_optimizer(state: State, text: str, frames: Sequence[traceback.FrameSummary]) -> bool:
    """Put an optimizer where a layer is to be given one: `self.optimizer.update(self.W, dW)`."""
    absent = re.search(r"'NoneType' object has no attribute '(update|step|apply\w*)'", text)
    line = frames[-1].line or "" if frames else ""
    named = absent and re.search(rf"\bself\.(\w+)\.{absent[1]}\(", line)
    if named:
        state.optimizers |= {named[1]}
    return bool(named)


def _change_kind(
    state: State, key: str, error: BaseException, classes: Sequence[type], rng: random.Random
) -> None:
    """Give an argument another kind: one that the exception tells, or any."""
    text, guess = str(error), state.guesses[key]
    if guess.is_told:
        guess.kind = OF_TOLD.get(guess.kind, guess.kind)
        return
    if guess.parts and rng.random() < 0.9:
        guess = rng.choice([*guess.parts.values()])
    rank = re.search(r"but (\d) were indexed|expected (\d), got|requires (\d)-", text)
    kinds = next((kinds for pattern, kinds in OTHER_KINDS if re.search(pattern, text)), "")
    if rank and rng.random() < 0.7:
        count = rank[1] or rank[2] or rank[3]
        state.another(guess, rng.choice(RANKS.get(count, "matrix").split("|")))
    elif len(guess.among) > 1 and rng.random() < 0.5:
        guess.among.append(guess.among.pop(0))
    elif kinds and rng.random() < 0.8:
        _set_kind(state, guess, rng.choice(kinds.split("|")), text, classes)
    elif len(guess.dims) > 1 and rng.random() < 0.3:
        guess.dims = guess.dims[::-1]
    elif rng.random() < 0.1:
        state.own ^= {key}
    else:
        state.another(guess, rng.choice(_alternatives(key, error)))


OF_TOLD = {"array": "positive", "positive": "array", "flags": "mask", "mask": "flags"}
OF_TOLD |= {"one-hot": "array", "whole array": "array"}


def _by_name(key: str) -> str:
    """Return the kind that the name of an argument suggests."""
    return named(key.rpartition(".")[2], Sizes()).kind


SURE = ("rate", "few", "no", "one", "three", "size")  # one plain number or flag, by its name
RANKS = {"1": "vector", "2": "matrix", "3": "sequence|image", "4": "images"}
TARGETS = "one-hot|labels|targets|two classes|two classes in a row|one-hot columns|one-hot vector"
TARGETS += "|targets of rows|lists|list|vector|matrix"
PAIRS = ("pairs", "pairs of lists")
PLAIN = "size|sizes|rate|shape|few|no|none|function|indices|rows of indices|text|one|zero|yes"


def _alternatives(key: str, error: BaseException) -> list[str]:
    if _by_name(key) == "one-hot":
        return TARGETS.split("|")
    kinds = f"{ARRAYS}|{PLAIN}" if isinstance(error, TypeError) else ARRAYS
    return kinds.split("|")


def _set_kind(state: State, guess: Guess, kind: str, text: str, classes: Sequence[type]) -> None:
    state.another(guess, kind)
    if kind in ("object", "objects"):
        found = re.search(r"has no attribute '(\w+)'", text)
        guess.among = [c for c in classes if found and found[1] in attributes_of(c)]
        if not guess.among:
            state.another(guess, "sizes")


def _mend_none(state: State, text: str, keys: Sequence[str], rng: random.Random) -> bool:
    """Give an argument that is None by default a value by its name, where None does not do."""
    nones = [k for k in keys if state.guesses[k].among[:1] == [None]]
    if "NoneType" not in text or not nones or rng.random() < 0.3:
        return False
    key = rng.choice(nones)
    state.guesses[key] = named(key.rpartition(".")[2], state.sizes)
    return True


def _mend_key(state: State, error: BaseException, code: Code, keys: Sequence[str]) -> bool:
    """Add the missing key to a dict; return whether the exception names one."""
    key = error.args[0] if isinstance(error, KeyError) and error.args else None
    dicts = [g for k in keys if (g := state.guesses[k]).kind == "dict"]
    if not isinstance(key, str) or not dicts or key in dicts[0].parts:
        return False
    dicts[0].parts[key] = value_of(code, key, state.sizes)
    return True


def _mend_before(
    state: State,
    text: str,
    code: Code,
    goal: Goal,
    frames: Sequence[traceback.FrameSummary],
    rng: random.Random,
) -> bool:
    """Call first a function that stores the missing attribute or global name."""
    found = re.search(r"has no attribute '(\w+)'|name '(\w+)' is not defined", text)
    wanted = {found[1] or found[2]} if found else set()
    if "NoneType" in text and frames:
        wanted = code.names_near(frames[-1:])
    methods = code.methods(goal.kind) if goal.kind else {}
    able = [n for n, f in methods.items() if n != "__init__" and code.stored(f) & wanted]
    able += [n for n, f in code.functions.items() if code.stored(f) & wanted]
    last = goal.name.rpartition(".")[2]
    able = [n for n in able if n not in state.before and n != last and not comes_after(n)]
    told = [n for n in re.findall(r"\w+", text) if n in methods and n not in state.before]
    able = told or able
    if not able or len(state.before) >= MOST_BEFORE or rng.random() < 0.2:
        return False
    state.before.insert(0 if told else rng.choice((0, len(state.before))), rng.choice(able))
    return True


def _mend_sizes(
    state: State, error: BaseException, keys: Sequence[str], rng: random.Random
) -> bool:
    """Change a size that is too small, does not fit, or fails an assertion, by the exception."""
    text, live = str(error), state.dims()
    is_shared = re.search(r"equal division|into shape.*newaxis|-1.*is invalid for input", text)
    if is_shared and live and rng.random() < 0.7:
        state.sizes.forms[
            rng.choice([i for k in keys for i in dims_of(state.guesses[k])] or live)
        ] = ("*", state.sizes.new(), 2)
        return True
    if re.search("negative dimension|zero-size|empty", text) and live:
        i = rng.choice(live)
        state.sizes.set(i, state.sizes[i] + 5)
        return True
    dims = [i for k in keys for i in dims_of(state.guesses[k])]
    pairs = _differing(text)
    if beyond := re.search(r"out of bounds for axis \d with size (\d+)", text):
        pairs += [(n, int(beyond[1])) for i in dims if (n := state.sizes[i]) > int(beyond[1])]
    pairs = pairs or [*_asserted(error)]
    if pairs:
        return rng.random() < 0.9 and _mend_size(state, rng.choice(pairs), rng)
    asserted = isinstance(error, (AssertionError, ValueError)) and "broadcast" not in text
    if not asserted or len(dims) < 2 or rng.random() < 0.3:
        return False
    number = re.search(r"\d+", text)
    state.sizes.set(rng.choice(dims), int(number[0]) if number else state.sizes[rng.choice(live)])
    return True


def _mend_shape(state: State, shapes: Mapping[str, tuple[int, ...]], rng: random.Random) -> bool:
    """Give an argument the shape of its gradient; return whether one has another."""
    able = [(g, shapes[n]) for k, g in state.all() if (n := k.rpartition(".")[2]) in shapes]
    if not able or rng.random() < 0.2:
        return False
    guess, shape = rng.choice(able)
    is_same = [n for n in shape if n > 1] == [state.sizes[i] for i in guess.dims]
    if guess.is_told and not is_same:
        return False
    live = [*guess.dims, *state.dims(), *([state.sizes.named("one")] if is_same else [])]
    dims = [next((i for i in live if state.sizes[i] == n), None) for n in shape]
    if None in dims or (len(shape) > len(guess.dims) > 0 and not is_same):  # a sum may be missing
        return False
    state.another(guess, "array" if shape else "rate")
    guess.dims = [i for i in dims if i is not None]
    return True


def _asserted(error: BaseException) -> Iterator[tuple[int, int]]:
    """Yield pairs of whole numbers that a failed assertion asks to be equal, or to be multiples."""
    if not isinstance(error, AssertionError):
        return
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    with contextlib.suppress(Exception):  # those of the person's code, and of a part of a statement
        [node] = ast.parse(line_of_file(frame.f_code.co_filename, line).strip()).body
        test: Any = node.test  # type: ignore[attr-defined]
        sides = [test.left, *test.comparators]
        values = [eval(ast.unparse(x), frame.f_globals, frame.f_locals) for x in sides]
        several = [pair for pair in pairwise(values) if {*map(type, pair)} == {int}]
        yield from (pair for pair in several if pair[0] != pair[1] and 0 not in pair)
        if values[1] == 0:
            parts = (test.left.left, test.left.right)
            n, k = (eval(ast.unparse(x), frame.f_globals, frame.f_locals) for x in parts)
            yield n, n - n % k + k


SHAPES = r"[(\[]([\d, ]+)[)\]]"
OF_TORCH = (
    r"\(\d+x(\d+) and (\d+)x\d+\)",
    r"have (\d+) channels, but got (\d+)",
    r"with (\d+) elements, but got .* of size \[(\d+)",
    r"has size (\d+) for .* seen size (\d+)",
)


def _differing(text: str) -> list[tuple[int, int]]:
    """Return the pairs of sizes that an exception reports as incompatible."""
    aligned = re.search(r"size (\d+) is different from (\d+)", text)
    aligned = aligned or re.search(r"(\d+) \(dim \d\) != (\d+) \(dim", text)
    if aligned:
        return [(int(aligned[1]), int(aligned[2]))]
    beyond = re.search(r"index (\d+) is out of bounds.*size (\d+)", text)
    if beyond:
        return [(int(beyond[2]), int(beyond[1]) + 1)]
    told = next((found for pattern in OF_TORCH if (found := re.search(pattern, text))), None)
    if told:
        return [(int(told[1]), int(told[2]))]
    shapes = [[int(n) for n in re.findall(r"\d+", s)] for s in re.findall(SHAPES, text)]
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if "reshape" in text and shapes:
        return [(numbers[0], prod(shapes[0]))]
    if len(shapes) > 1:
        ends = [(u, v) for u, v in zip(shapes[0][::-1], shapes[1][::-1]) if u != v]
        return [p for p in ends if 1 not in p] or ends
    return [(numbers[0], numbers[1])] if len(numbers) > 1 else []


def _mend_size(state: State, pair: tuple[int, int], rng: random.Random) -> bool:
    """Set one size to the other, or change a size so that a sum or a product fits."""
    u, v = rng.sample(pair, 2)
    live = [*dict.fromkeys(state.dims())]
    able = [i for i in live if state.sizes[i] == u]
    if not able or rng.random() < 0.15:
        near = [(i, state.sizes[i] + v - u) for i in live]
        near += [(i, state.sizes[i] * v // u) for i in live if u and state.sizes[i] * v % u == 0]
        near += [(i, state.sizes[rng.choice(live)] * 2) for i in live] if not able else []
        near = [(i, n) for i, n in near if 1 < n < 60 and n != state.sizes[i]]
        if near:
            state.sizes.set(*rng.choice(near))
        return bool(near)
    if not (1 < v < 1000 or (v == 1 and rng.random() < 0.1)):
        return False
    state.sizes.set(rng.choice(able), v)
    return True
