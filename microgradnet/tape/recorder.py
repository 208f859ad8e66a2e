"""The hooks that rewritten code calls: each does what the code says, and notes it on the tape."""

from __future__ import annotations

import functools
import operator
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from microgradnet.tape import calls, table
from microgradnet.tape.entry import Place, Ref
from microgradnet.tape.flow import Flow, Watch
from microgradnet.tape.rewriting import RECORDER
from microgradnet.tape.tape import Int, Tape, fresh, is_numeric, leaves, plain
from microgradnet.tape.trees import IN_PLACE, OPERATORS, owner_of
from microgradnet.tape.trials import Trials

DERIVING = ("jax", "torch._functorch")  # what these make of a function computes another
FEW = 64  # so many parts of a list that is stored, at most, are named one by one


class Recorder(Flow):
    """The hooks of one run.

    files: the code that is the person's own; anything else is called as a whole. with_hooks:
    returns a function of the running program with hooks in it. watch: see Flow.
    """

    def __init__(
        self,
        places: list[Place],
        limit: int = 100_000,
        watch: Watch | None = None,
        trials: Trials | None = None,
    ) -> None:
        super().__init__(Tape(places, limit), watch)
        self.files, self.modules = set[str](), {"__main__"}
        self.with_hooks: Callable[[Any], Any] | None = None
        self.trials = trials or Trials([])
        self.tape.instead = self.trials.instead

    def is_own(self, f: Any) -> bool:
        """Whether a function or class is the person's, whose code has hooks of its own."""
        f = getattr(f, "__func__", f)
        code = getattr(f, "__code__", None)
        if code is not None:
            return code.co_filename in self.files and RECORDER in code.co_names
        if isinstance(f, type):
            return f.__module__ in self.modules
        call = getattr(type(f), "__call__", None)  # noqa: B004 (its code is asked for)
        return getattr(getattr(call, "__code__", None), "co_filename", None) in self.files

    def result(self, operation: Any, args: Any, kw: Any, value: Any, place: Place) -> Any:
        """Note what an operation gave, and return it as an object of its own.

        args, kw: trees of operands, taken before the operation ran.
        """
        if type(value) in (tuple, list) and any(is_numeric(v) or type(v) is int for v in value):
            return self.parts(operation, args, kw, value, place)
        value = Int(value) if type(value) is int else value
        if not is_numeric(value) and not isinstance(value, bool):
            return value
        if self.tape.number(value, place) is not None and not isinstance(value, np.ndarray):
            value = fresh(value)
        entry = self.tape.note(operation, args, kw, value, place)
        if isinstance(value, (bool, np.bool_)) and not self.tape.aside:
            self.tape.guards.append(entry.number)
        self.look()
        return value

    def parts(self, operation: Any, args: Any, kw: Any, value: Any, place: Place) -> Any:
        """Note an operation of several results, and each of them as a part of it."""
        whole, made = self.tape.note(operation, args, kw, value, place), []
        for k, v in enumerate(value):
            v = fresh(v) if is_numeric(v) or type(v) is int else v
            if is_numeric(v):
                self.tape.note(table.TABLE["getitem"], (Ref(whole.number), k), {}, v, place)
            made.append(v)
        return type(value)(made)

    # Hooks of expressions.

    def constant(self, p: int, value: float) -> Any:
        """Return a number of the code, as a source."""
        if self.is_off:
            return value
        made = fresh(value)
        self.tape.source(made, self.tape.places[p])
        return made

    def unary(self, p: int, sign: str, a: Any) -> Any:
        """Return the result of an operator of one operand."""
        if self.is_off or not is_numeric(a):
            return OPERATORS[sign](a)
        place = self.tape.places[p]
        args = (self.tape.operand(a, place),)
        return self.result(table.of_operator(sign), args, {}, OPERATORS[sign](plain(a)), place)

    def binary(self, p: int, sign: str, a: Any, b: Any) -> Any:
        """Return the result of an operator of two operands."""
        f = OPERATORS[sign]
        is_array = isinstance(a, np.ndarray) or isinstance(b, np.ndarray)
        if self.is_off or not (is_numeric(a) or is_numeric(b)):
            return f(a, b)
        place = self.tape.places[p]
        if not is_array and not (_is_scalar(a) and _is_scalar(b)):
            made = f(*[x if type(x) is list else plain(x) for x in (a, b)])
            is_list = type(made) is list and len(made) <= FEW  # [0.0] * 3 are three numbers
            return [self.again_as(place, x) for x in made] if is_list else made
        args = (self.tape.operands(a, place), self.tape.operands(b, place))
        return self.result(table.of_operator(sign), args, {}, f(plain(a), plain(b)), place)

    def item(self, p: int, a: Any, index: Any) -> Any:
        """Return an entry or a part of an array."""
        if self.is_off or not isinstance(a, (np.ndarray, np.generic)) or not is_numeric(a):
            return a[plain(index)]
        place = self.tape.places[p]
        args = (self.tape.operand(a, place), self.tape.operands(index, place))
        value = operator.getitem(a, plain(index))  # type: ignore[arg-type]
        return self.result(table.TABLE["getitem"], args, {}, value, place)

    def attribute(self, p: int, a: Any, name: str) -> Any:
        """Return an attribute of an object; the transpose of an array is noted."""
        value = getattr(a, name)
        if self.is_off or name != "T" or not isinstance(a, np.ndarray) or not is_numeric(a):
            return value
        place = self.tape.places[p]
        args = (self.tape.operand(a, place),)
        return self.result(table.TABLE["transpose"], args, {}, value, place)

    def call(self, p: int, f: Any, /, *args: Any, **kw: Any) -> Any:
        """Return the result of a call; what is not the person's own is noted as a whole."""
        return f(*args, **kw) if self.is_off else self.called(self.tape.places[p], f, args, kw)

    def called(self, place: Place, f: Any, args: Any, kw: Any) -> Any:
        """Return the result of a call at a place."""
        f = f if self.with_hooks is None else self.with_hooks(f)
        if self.is_own(f):
            return f(*args, **kw)
        if isinstance(f, functools.partial):
            return self.called(place, f.func, (*f.args, *args), {**f.keywords, **kw})
        wrapped = getattr(f, "__wrapped__", None)
        derives = getattr(f, "__globals__", {}).get("__name__", "").startswith(DERIVING)
        if wrapped is not None and self.is_own(wrapped) and not derives:
            return wrapped(*args, **kw)  # a cache of results would hide the operations
        owner = getattr(f, "__self__", None)
        if isinstance(owner, (np.ndarray, np.generic)) and is_numeric(owner):
            return calls.of_array(self, place, owner, f.__name__, args, kw)
        return calls.called(self, place, f, args, kw)

    def method(self, p: int, a: Any, name: str, /, *args: Any, **kw: Any) -> Any:
        """Return the result of a method; that of an array is noted."""
        if self.is_off:
            return getattr(a, name)(*args, **kw)
        if isinstance(a, (np.ndarray, np.generic)) and is_numeric(a):
            return calls.of_array(self, self.tape.places[p], a, name, args, kw)
        if isinstance(a, list) and name in ("append", "insert") and args and is_numeric(args[-1]):
            args = (*args[:-1], self.gave(self.tape.places[p], args[-1]))
            self.tape.store(
                args[-1], f"{owner_of(self.tape.places[p].node)}[-1]", self.tape.places[p]
            )
        if isinstance(a, dict) and name == "update":
            self.named(self.tape.places[p], owner_of(self.tape.places[p].node), dict(*args, **kw))
        if isinstance(a, (list, dict, set, str, tuple, types.GeneratorType)):
            return getattr(a, name)(*args, **kw)
        return self.call(p, getattr(a, name), *args, **kw)

    def iterate(self, p: int, x: Any) -> Any:
        """Return what a loop goes through: of an array its rows, each noted."""
        if self.is_off or not isinstance(x, np.ndarray) or not x.ndim or not is_numeric(x):
            return x
        return self.rows(self.tape.places[p], x)

    def rows(self, place: Place, x: Any) -> Iterator[Any]:
        """Yield the rows of an array, each an entry."""
        for k in range(len(x)):
            args = (self.tape.operand(x, place), k)
            yield self.result(table.TABLE["getitem"], args, {}, x[k], place)

    def unpack(self, p: int, x: Any) -> Any:
        """Return the parts of what is unpacked: of an array its rows, each noted."""
        if self.is_off or not isinstance(x, np.ndarray) or not x.ndim or not is_numeric(x):
            return x
        return tuple(self.rows(self.tape.places[p], x))

    # Hooks of statements.

    def store(self, p: int, text: str, value: Any) -> Any:
        """Return a value that is stored, with its name noted."""
        return value if self.is_off else self.stored(self.tape.places[p], text, value)

    def stored(self, place: Place, text: str, value: Any) -> Any:
        """Return a value as it is stored, with its name noted."""
        if isinstance(value, (float, np.generic)) and is_numeric(value) and not place.kind:
            value = self.renamed(place, text, value)
        value = self.gave(place, value)
        self.named(place, text, value)
        return value

    def gave(self, place: Place, value: Any) -> Any:
        """Return what a statement gives on; where edits of it are tried, as objects of its own."""
        return self.trials.given(self, place, value) if self.trials.open else value

    def try_edits(self, p: int, at: int, names: dict[str, Any], others: dict[str, Any]) -> None:
        """Evaluate the edits of the statement that follows; others: the names of its module."""
        if not self.is_off and not self.tape.aside:
            self.trials.begin(self, p, at, names, others)

    def tried(self, p: int, at: int) -> None:
        """End the trials of a statement."""
        if not self.is_off and not self.tape.aside:
            self.trials.end(at)

    def renamed(self, place: Place, text: str, value: Any) -> Any:
        """Return a number; one that has another name already as an object of its own."""
        found = self.tape.number(value, place)
        if found is None or set(self.tape.entries[found].names) <= {text}:
            return value
        return self.again_as(place, value)

    def again_as(self, place: Place, value: Any) -> Any:
        """Return a number once more, as an object of its own."""
        made = fresh(value)
        if is_numeric(made):
            args = (self.tape.operand(value, place),)
            self.tape.note(table.TABLE["same"], args, {}, made, place)
        return made

    def named(self, place: Place, text: str, value: Any, slot: str = "", of: Any = None) -> None:
        """Say that a value, or each of a few in a list or dict, was stored."""
        if is_numeric(value):
            self.tape.store(value, text, place, slot, of)
        elif type(value) in (list, tuple) and len(value) <= FEW:
            for k, v in enumerate(value):
                self.named(place, f"{text}[{k}]", v, of=(value, k))
        elif type(value) is dict and len(value) <= FEW:
            for key, v in value.items():
                if not str(key).startswith(RECORDER[:-1]):
                    self.named(place, f"{text}[{key!r}]", v, of=(value, key))

    def set_item(self, p: int, a: Any, index: Any, value: Any, text: str) -> None:
        """Store a value in an entry or a part of an object."""
        text = _keyed(text, plain(index))
        if self.is_off or not isinstance(a, np.ndarray) or not is_numeric(a):
            if self.is_off:
                a[plain(index)] = value
            else:
                at = plain(index)
                slot = f"{_without_index(text)}[{at!r}]"
                value = self.gave(self.tape.places[p], value)
                a[at] = value
                at = at % len(a) if type(a) is list and type(at) is int else at
                self.named(self.tape.places[p], text, value, slot, (a, at))
            return
        place = self.tape.places[p]
        args = tuple(self.tape.operands(x, place) for x in (a, index, value))
        self.tape.before_write(a)
        a[plain(index)] = plain(value)
        self.tape.written(a, table.TABLE["setitem"], args, place)
        self.gave(place, a)

    def change_item(self, p: int, sign: str, a: Any, index: Any, value: Any, text: str) -> None:
        """Change an entry or a part of an object in place."""
        if self.is_off:
            a[index] = IN_PLACE[sign](a[index], value)
            return
        text = _keyed(text, plain(index))
        old = self.item(p, a, index)
        is_copy = isinstance(a, np.ndarray) and not np.may_share_memory(old, a)
        if isinstance(old, np.ndarray) and not is_copy:
            new = self.change(p, sign, old, value, text)
            if isinstance(a, np.ndarray):
                return  # a view: it is written already
        elif is_numeric(old) or is_numeric(value):
            new = self.binary(p, sign, old, value)
        else:
            new = IN_PLACE[sign](old, value)
        self.set_item(p, a, index, new, text)

    def change(self, p: int, sign: str, old: Any, value: Any, text: str) -> Any:
        """Return a value after a change in place."""
        if self.is_off or not (is_numeric(old) or is_numeric(value)):
            return IN_PLACE[sign](old, value)
        place = self.tape.places[p]
        if not isinstance(old, np.ndarray):
            return self.store(p, text, self.binary(p, sign, old, value))
        args = tuple(self.tape.operands(x, place) for x in (old, value))
        self.tape.before_write(old)
        new = IN_PLACE[sign](old, plain(value))
        if new is old:
            self.tape.written(new, table.of_operator(sign), args, place)
        else:
            new = self.result(table.of_operator(sign), args, {}, new, place)
        self.gave(place, new)
        self.tape.store(new, text, place)
        return new

    def returned(self, p: int, value: Any) -> Any:
        """Return what a function gives back, noted as its result."""
        if self.is_off:
            return value
        place = self.tape.places[p]
        if type(value) is dict:  # locals() has names of ours
            value = {k: v for k, v in value.items() if not str(k).startswith(RECORDER[:-1])}
        value = self.gave(place, value)
        self.trials.returned(place)
        numbers = [self.tape.number(x, place) for x in leaves(value)]
        found = tuple(n for n in numbers if n is not None)
        if found and not self.tape.aside:
            self.tape.returns.append((place, found))
        return value

    def enter(self, p: int) -> None:
        """Note that a function is entered."""
        if not self.is_off:
            self.reach(p)
            self.tape.enter()

    def leave(self, p: int) -> None:
        """Note that a function is left."""
        if not self.is_off:
            self.tape.leave()


def _keyed(text: str, index: Any) -> str:
    """Return the text of an item, with its key where that is computed."""
    return f"{_without_index(text)}[{index!r}]" if type(index) is str else text


def _without_index(text: str) -> str:
    """Return the text of an item up to its last bracket that is not inside of another."""
    depth = 0
    for k in range(len(text) - 1, -1, -1):
        depth += (text[k] == "]") - (text[k] == "[")
        if not depth:
            return text[:k]
    return text


def _is_scalar(x: Any) -> bool:
    return isinstance(x, (int, float, np.generic))
