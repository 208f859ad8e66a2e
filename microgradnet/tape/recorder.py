"""The hooks that rewritten code calls: each runs one operation as written and records it."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any

import numpy as np

from microgradnet.tape import library_calls, table
from microgradnet.tape.entry import Place, Ref
from microgradnet.tape.limits import CLOCK
from microgradnet.tape.rewriting import RECORDER
from microgradnet.tape.rules import rows
from microgradnet.tape.tape import Int, Left, Tape, fields_of, fresh, is_numeric, leaves, plain
from microgradnet.tape.tensors import MATRIX_PARTS, is_array, is_part, is_tensor, multiplies
from microgradnet.tape.trees import IN_PLACE, OPERATORS, owner_of, with_key, without_index
from microgradnet.tape.trials import Trials

FEW = 64  # the elements of longer stored lists get no names
PATIENCE = 6000  # entries after which a loop may be cut in its first iteration
LONG = 10_000  # entries between two tests of a branch, from where on it is run only when due
LOOK = 600  # entries before the first call of `watch`
SINGLE, PARTS = (float, complex, np.generic), ("T", "mT", "real", "imag")

Watch = Callable[[Tape, int], tuple[int, int] | None]


class Recorder:
    """The hooks of one run.

    files: the person's own files; other code is recorded as one call. with_hooks: returns a
    function of the running program with hooks inserted. is_off: whether recording has ended. watch:
    called at intervals with the tape and the number of entries at the last cut. If it returns two,
    loops that began between them end after their current iteration.
    """

    def __init__(
        self,
        places: list[Place],
        limit: int,
        watch: Watch | None = None,
        trials: Trials | None = None,
    ) -> None:
        self.tape, self.watch, self.next_look, self.is_off = Tape(places, limit), watch, LOOK, False
        self.seen, self.cuts = 0, list[tuple[int, int]]()  # entries at the last cut, loops to cut
        self._open: list[list[int]] = []  # of for loops: first entry, iterations so far
        self._loops: dict[tuple[int, int], list[int]] = {}  # of while loops: the same
        self._seldom: dict[int, tuple[float, bool]] = {}  # branches that only show progress
        self.files, self.modules = set[str](), {"__main__"}
        self.with_hooks: Callable[[Any], Any] | None = None
        self.trials = trials or Trials([])
        self.tape.instead = self.trials.instead

    def is_own(self, f: Any) -> bool:
        """Whether a function or class is the person's own code, which has hooks."""
        code = getattr(getattr(f, "__func__", f), "__code__", None)
        if code is not None:
            return code.co_filename in self.files and RECORDER in code.co_names
        if isinstance(f, type):
            return f.__module__ in self.modules
        call = getattr(type(f), "__call__", None)  # noqa: B004 (the code object is needed)
        return getattr(getattr(call, "__code__", None), "co_filename", None) in self.files

    def result(self, operation: Any, args: Any, kw: Any, value: Any, place: Place) -> Any:
        """Record the result of an operation and return it as an object of its own.

        args, kw: trees of operands, taken before the operation ran.
        """
        if isinstance(value, (tuple, list)) and any(is_numeric(v) or type(v) is int for v in value):
            return self.parts(operation, args, kw, value, place)
        value = Int(value) if type(value) is int else value
        if not is_numeric(value) and not isinstance(value, bool):
            return value
        if not is_array(value) and self.tape.number(value, place) is not None:
            value = fresh(value)
        if type(value) is np.matrix:
            operation, args, kw = self.tape.in_two_axes(operation, args, kw, value, place)
        entry = self.tape.note(operation, args, kw, value := self.tape.other(value), place)
        if isinstance(value, (bool, np.bool_)) and not self.tape.aside:
            self.tape.guards.append(entry.number)
        self.look()
        return value

    def parts(self, operation: Any, args: Any, kw: Any, value: Any, place: Place) -> Any:
        """Record an operation of several results, and each result as an item of it."""
        like = getattr(type(value), "_make", type(value))  # a named tuple takes no list
        kept = like([v.copy() if isinstance(v, np.ndarray) else v for v in value])
        whole, made = self.tape.note(operation, args, kw, kept, place), []
        for k, v in enumerate(value):
            v = fresh(v) if is_numeric(v) or type(v) is int else v
            if is_numeric(v):
                self.tape.note(table.TABLE["getitem"], (Ref(whole.number), k), {}, v, place)
            made.append(v)
        return like(made)

    def constant(self, p: int, value: float) -> Any:
        """Return a numeric literal of the code, recorded as a source."""
        if not self.is_off:
            self.tape.source(value := self.tape.other(fresh(value)), self.tape.places[p])
        return value

    def unary(self, p: int, sign: str, a: Any) -> Any:
        """Return the result of a unary operator, recorded."""
        if self.is_off or not is_numeric(a):
            return OPERATORS[sign](a)
        place, value = self.tape.places[p], OPERATORS[sign](plain(a))
        args = (self.tape.operand(a, place),)
        return self.result(table.of_operator(sign), args, {}, value, place)

    def binary(self, p: int, sign: str, a: Any, b: Any) -> Any:
        """Return the result of a binary operator, recorded."""
        f, place = OPERATORS[sign], self.tape.places[p]
        if sign == "//" and isinstance(a, int) and isinstance(b, int) and b and a % b:
            self.tape.uneven.append(place)
        if self.is_off or not (is_numeric(a) or is_numeric(b)):
            return f(a, b)
        is_of_scalars = all(isinstance(x, (int, *SINGLE)) for x in (a, b))
        if not (is_array(a) or is_array(b) or is_of_scalars):
            made = f(*[x if type(x) is list else plain(x) for x in (a, b)])
            is_list = type(made) is list and len(made) <= FEW  # [0.0] * 3 gives three entries
            return [self.again_as(place, x) for x in made] if is_list else made
        args = self.tape.operands((a, b), place)
        sign = "@" if multiplies(sign, a, b) else sign
        return self.result(table.of_operator(sign), args, {}, f(plain(a), plain(b)), place)

    def item(self, p: int, a: Any, index: Any) -> Any:
        """Return an item or slice of an object; record that of an array, and `np.c_[a, b]`."""
        if self.is_off or not (type(a) in rows.INDEXERS or is_numeric(a)):
            return a[plain(index)]
        place = self.tape.places[p]
        args = self.tape.operands((a, index), place)
        return self.result(table.TABLE["getitem"], args, {}, a[plain(index)], place)

    def attribute(self, p: int, a: Any, name: str) -> Any:
        """Return an attribute of an object; the transpose or a part of an array is recorded."""
        value = getattr(a, name)
        row = table.of_method(name) if name in PARTS else None
        row = table.TABLE["same"] if name == "data" and is_tensor(a) else row
        row = table.TABLE[MATRIX_PARTS[name]] if is_part(a, name) else row
        if self.is_off or row is None or not is_numeric(a):
            return value
        place = self.tape.places[p]
        return self.result(row, (self.tape.operand(a, place),), {}, value, place)

    def call(self, p: int, f: Any, /, *args: Any, **kw: Any) -> Any:
        """Return the result of a call; record a call of library code as one operation."""
        if self.is_off:
            return f(*args, **kw)
        return library_calls.called(self, self.tape.places[p], f, args, kw)

    def method(self, p: int, a: Any, name: str, /, *args: Any, **kw: Any) -> Any:
        """Return the result of a method; that of an array is recorded."""
        if self.is_off:
            return getattr(a, name)(*args, **kw)
        place = self.tape.places[p]
        if isinstance(a, (np.ndarray, np.generic, complex)) and is_numeric(a):
            return library_calls.of_array(self, place, a, name, args, kw)
        if is_tensor(a):
            return library_calls.of_tensor(self, place, a, name, args, kw)
        if isinstance(a, list) and name in ("append", "insert") and args and is_numeric(args[-1]):
            args = (*args[:-1], self.gave(place, args[-1]))
            self.tape.store(args[-1], f"{owner_of(place.node)}[-1]", place)
        if isinstance(a, dict) and name == "update":
            self.named(place, owner_of(place.node), dict(*args, **kw))
        if isinstance(a, (list, dict, set, str, tuple, types.GeneratorType)):
            return getattr(a, name)(*args, **kw)
        return self.call(p, getattr(a, name), *args, **kw)

    def iterate(self, p: int, x: Any) -> Any:
        """Return the iterable of a loop; for an array, its rows, each recorded."""
        if self.is_off or not is_array(x) or not x.ndim or not is_numeric(x):
            return x
        return self.rows(self.tape.places[p], x)

    def rows(self, place: Place, x: Any, at: Iterable[Any] | None = None) -> Iterator[Any]:
        """Yield the rows of an array, or its items at some indices, each recorded as an entry."""
        for k in range(len(x)) if at is None else at:
            args = (self.tape.operand(x, place), k)
            yield self.result(table.TABLE["getitem"], args, {}, x[k], place)

    def unpack(self, p: int, x: Any) -> Any:
        """Return a value to be unpacked; for an array, a tuple of its rows, each recorded."""
        rows = self.iterate(p, x)
        return x if rows is x else tuple(rows)

    # Hooks of statements.

    def store(self, p: int, text: str, value: Any) -> Any:
        """Return a stored value, and record its name."""
        return value if self.is_off else self.stored(self.tape.places[p], text, value)

    def stored(self, place: Place, text: str, value: Any) -> Any:
        """Return a stored value, which may be a new object, and record its name."""
        if isinstance(value, SINGLE) and is_numeric(value) and not place.kind:
            value = self.renamed(place, text, value)
        value = self.gave(place, value)
        self.named(place, text, value)
        if place.kind == "argument":
            self.tape.arguments.setdefault((place.function, place.line), {}).setdefault(text, value)
        return value

    def gave(self, place: Place, value: Any) -> Any:
        """Return the result of a statement; as an object of its own while edits of it are tried."""
        return self.trials.given(self, place, value) if self.trials.open else value

    def try_edits(self, p: int, at: int, names: dict[str, Any], others: dict[str, Any]) -> None:
        """Evaluate the edits of the next statement; others: the names of its module."""
        if not self.is_off and not self.tape.aside:
            self.trials.begin(self, p, at, names, others)

    def tried(self, p: int, at: int) -> None:
        """End the trials of a statement."""
        if not self.is_off and not self.tape.aside:
            self.trials.end(at)

    def renamed(self, place: Place, text: str, value: Any) -> Any:
        """Return a number; as a new object if it is already stored under another name."""
        found = self.tape.number(value, place)
        if found is None or set(self.tape.entries[found].names) <= {text}:
            return value
        return self.again_as(place, value)

    def again_as(self, place: Place, value: Any) -> Any:
        """Return a copy of a number, recorded as an entry of its own."""
        if is_numeric(made := self.tape.other(fresh(value))):
            args = (self.tape.operand(value, place),)
            self.tape.note(table.TABLE["same"], args, {}, made, place)
        return made

    def named(self, place: Place, text: str, value: Any, slot: str = "", of: Any = None) -> None:
        """Record the name of a stored value, or of each part of a short list, dict or record."""
        is_row = "[" in text or isinstance(place.statement, ast.For)  # of data
        if is_numeric(value):
            self.tape.store(value, text, place, slot, of)
        elif not is_row and (fields := fields_of(value)):
            for field, v in fields.items():
                self.named(place, f"{text}.{field}", v, of=(value, field))
        elif type(value) in (list, tuple) and len(value) <= FEW:
            for k, v in enumerate(value):
                self.named(place, f"{text}[{k}]", v, of=(value, k))
        elif type(value) is dict and len(value) <= FEW:
            for key, v in value.items():
                if not str(key).startswith(RECORDER[:-1]):
                    self.named(place, f"{text}[{key!r}]", v, of=(value, key))

    def set_item(self, p: int, a: Any, index: Any, value: Any, text: str) -> None:
        """Assign a value to an item or slice of an object, and record it."""
        at = plain(index)
        if self.is_off:
            a[at] = value
            return
        place, text = self.tape.places[p], with_key(text, at)
        if not is_array(a) or not is_numeric(a):
            self.keep_item(place, a, at, self.gave(place, value), text)
            return
        args = tuple(self.tape.operands(x, place) for x in (a, index, value))
        self.tape.before_write(a)
        a[at] = plain(value)
        self.tape.written(a, table.TABLE["setitem"], args, place)
        self.gave(place, a)

    def keep_item(self, place: Place, a: Any, at: Any, value: Any, text: str) -> None:
        """Store a value in an object that is no array, under the name of the item."""
        a[at] = value
        key = at % len(a) if type(a) is list and type(at) is int else at
        self.named(place, text, value, f"{without_index(text)}[{at!r}]", (a, key))

    def change_item(self, p: int, sign: str, a: Any, index: Any, value: Any, text: str) -> None:
        """Run an augmented assignment to an item or slice of an object, and record it."""
        if self.is_off:
            a[index] = IN_PLACE[sign](a[index], value)
            return
        text = with_key(text, plain(index))
        old = self.item(p, a, index)
        is_copy = is_array(a) and not np.may_share_memory(*self.tape.tensors.array((old, a)))
        if is_array(old) and not is_copy:
            new = self.change(p, sign, old, value, text)
            if not is_array(a):  # a view is written already
                self.keep_item(self.tape.places[p], a, plain(index), new, text)
            return
        is_noted = is_numeric(old) or is_numeric(value)
        new = self.binary(p, sign, old, value) if is_noted else IN_PLACE[sign](old, value)
        self.set_item(p, a, index, new, text)

    def change(self, p: int, sign: str, old: Any, value: Any, text: str) -> Any:
        """Return the result of an augmented assignment, recorded."""
        if self.is_off or not (is_numeric(old) or is_numeric(value)):
            return IN_PLACE[sign](old, value)
        place = self.tape.places[p]
        if not is_array(old):
            return self.store(p, text, self.binary(p, sign, old, value))
        args = tuple(self.tape.operands(x, place) for x in (old, value))
        self.tape.before_write(old)
        new, row = IN_PLACE[sign](old, plain(value)), table.of_operator(sign)
        if new is old:
            self.tape.written(new, row, args, place)
        else:
            new = self.result(row, args, {}, new, place)
        self.gave(place, new)
        self.tape.store(new, text, place)
        return new

    def returned(self, p: int, value: Any) -> Any:
        """Return the value of a return statement after recording its entries."""
        if self.is_off:
            return value
        place = self.tape.places[p]
        if type(value) is dict:  # locals() includes the hooks' own names
            value = {k: v for k, v in value.items() if not str(k).startswith(RECORDER[:-1])}
        value = self.gave(place, value)
        self.trials.returned(place)
        numbers = [self.tape.number(x, place) for x in leaves(value)]
        found = tuple(n for n in numbers if n is not None)
        if found and not self.tape.aside:
            self.tape.returns.append((place, found))
        return value

    def enter(self, p: int) -> None:
        """Record that a function is entered."""
        if not self.is_off:
            self.reach(p)
            self.tape.enter()

    def leave(self, p: int) -> None:
        """Record that a function is left."""
        if not self.is_off:
            self.tape.leave()

    # Hooks of loops and branches.

    def look(self) -> None:
        """Ask `watch` now and then whether loops may end."""
        now = self.tape.noted  # as many where edits are tried beside
        if self.watch is None or self.tape.aside or now < self.next_look:
            return
        self.next_look = self.seen + int((now - self.seen) * 1.3)
        cut = self.watch(self.tape, self.seen)
        if cut is None:
            return
        rounds = [count for began, count in self._open if cut[0] < began < cut[1]]
        if now - self.seen > PATIENCE or all(count > 1 for count in rounds):
            self.cuts.append(cut)
            self.seen, self.next_look = now, now + LOOK

    def is_cut(self, began: int) -> bool:
        """Whether a loop that began at the given entry is to end early."""
        return any(start < began < end for start, end in self.cuts)

    def rounds(self, p: int, x: Any) -> Iterator[Any]:
        """Yield the items of a for loop until the loop is cut."""
        self._open.append(loop := [len(self.tape.entries), 0])
        try:
            for item in (CLOCK.early if self.is_off else iter)(self.iterate(p, x)):
                if not self.is_off and self.is_cut(loop[0]):
                    self.leave_loop(p, loop[1], len(x) if isinstance(x, Sized) else None, loop[0])
                    return
                loop[1] += 1
                yield item
        finally:
            self._open[:] = [x for x in self._open if x is not loop]  # others may be equal

    def leave_loop(self, p: int, rounds: int, of: int | None, began: int) -> None:
        """Record that a loop ended early."""
        if not self.tape.aside:
            now = len(self.tape.entries)
            self.tape.left.append(Left(self.tape.places[p], rounds, of, began, now))

    def reach(self, p: int) -> None:
        """Record that a block is run."""
        if not self.is_off and not self.tape.aside:
            self.tape.reached.add(p)

    def seldom(self, p: int, test: Any) -> Any:
        """Return True for the test of a branch that only shows progress, and keep the real test."""
        if self.is_off or self.tape.aside:
            return test
        now, (last, _) = self.tape.noted, self._seldom.get(p, (np.inf, True))
        self._seldom[p] = (-np.inf if now - last > LONG else now), bool(test)
        return test if now - last > LONG else True

    def is_due(self, p: int) -> bool:
        """Whether the unmodified code would take a branch that only shows progress."""
        return self.is_off or self._seldom[p][1]

    def begin(self, p: int) -> None:
        """Record that a while loop begins."""
        self._loops[p, self.tape.frame] = [len(self.tape.entries), 0]

    def again(self, p: int, begun: int, test: Any) -> Any:
        """Return the test of a while loop, or False if the loop is cut."""
        loop = self._loops[begun, self.tape.frame]
        if self.is_off or not self.is_cut(loop[0]):
            loop[1] += 1
            return test if loop[1] < 4 or not (self.is_off and CLOCK.is_late()) else False
        if test:
            self.leave_loop(begun, loop[1], None, loop[0])
        return False
