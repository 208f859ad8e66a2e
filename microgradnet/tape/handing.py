"""Convert a recording to plain data for another process, which recomputes all but the sources."""

from __future__ import annotations

import ast
import base64
import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.by_text import Texts
from microgradnet.tape.entry import Entry, Place, Ref, filled
from microgradnet.tape.recording import Recording
from microgradnet.tape.replay import Recorded, computed, drop_overwritten, share_last
from microgradnet.tape.rules.rows import INDEXERS, Operation
from microgradnet.tape.tape import Int, Left, Stored, Tape, is_numeric
from microgradnet.words import Said

TYPES: dict[str, Any] = {"int": int, "float": float, "bool": bool}
TYPES |= {t.__name__: t for t in (np.float64, np.float32, np.float16, np.int64, np.int32, np.bool_)}
SINGLE: dict[str, Any] = {"...": ..., "c_": np.c_, "r_": np.r_}
MOST = 500_000  # entries
WHOLE, DIGITS = 2**1000, 1000  # a power of whole numbers may have gigabytes of digits
UNUSED = Place("", ast.Pass(lineno=0, col_offset=0), ast.Pass(lineno=0, col_offset=0), "")


def as_data(recording: Recording) -> dict[str, Any]:
    """Return a recording as JSON data; of values only those that no operation computed.

    An entry becomes a source if its operation is not a row of the table, or if one of its operands
    has no form in JSON.
    """
    tape = recording.tape
    sent = _Sent(tape.places)
    data = {
        "entries": [sent.entry(e) for e in tape.entries],
        "stores": [sent.store(s) for s in tape.stores],
        "returns": [[sent.place(place), list(numbers)] for place, numbers in tape.returns],
        "left": [[sent.place(x.place), x.rounds, x.of, x.began, x.ended] for x in tape.left],
        "reached": sorted(tape.reached),
        "given": list(recording.given),
        "returned": list(recording.returned),
        "variant": recording.variant,
    }
    used = sent.used | tape.reached
    return data | {
        "places": [_place(place) if p in used else None for p, place in enumerate(sent.places)]
    }


class _Sent:
    """Numbers places and finds spellings. without: entries that become sources without a number."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.known = {id(place): p for p, place in enumerate(places)}
        self.places, self.used = list(places), set[int]()
        paths = [path for row in table.ROWS for path in row.spelled]
        self.without = set[int]()
        self.spelled = {id(table.of_spelling(path)): path for path in reversed(paths)}

    def place(self, place: Place) -> int:
        if id(place) not in self.known:
            self.known[id(place)] = len(self.places)
            self.places.append(place)
        self.used.add(self.known[id(place)])
        return self.known[id(place)]

    def store(self, s: Stored) -> list[Any]:
        part = s.part and [s.part[0], s.part[1] if isinstance(s.part[1], int) else str(s.part[1])]
        return [s.number, s.text, s.slot, self.place(s.place), s.at, s.frame, part]

    def entry(self, entry: Entry) -> list[Any] | None:
        """Return an entry as data, with its value if it is a source; None for a trial entry."""
        if entry.aside:
            return None
        begin = [self.place(entry.place), entry.frame, entry.is_written]
        row = entry.operation
        is_row = row is not None and (table.TABLE.get(row.name) is row or id(row) in self.spelled)
        if row is not None and is_row and self.without.isdisjoint(entry.operands):
            with contextlib.suppress(TypeError):
                given = _sent(list(entry.args)), _sent(entry.kw)
                return [*begin, row.name, self.spelled.get(id(row), ""), *given]
        if not is_numeric(entry.value):  # several results: each becomes a source
            self.without.add(entry.number)
            return [*begin, 0.0]
        return [*begin, _sent(entry.value)]


def _place(place: Place) -> list[Any]:
    return [place.file, _span(place.statement), _span(place.node), place.function, place.kind]


def _span(node: Any) -> list[Any]:
    ends = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
    return [node.lineno, node.col_offset, *ends, type(node).__name__]


def _sent(x: Any) -> Any:
    """Return an operand or a value as JSON data; raise TypeError where that is not possible."""
    if x is None or type(x) in (bool, str, float, int):
        return x
    if type(x) is Ref:
        return {"entry": int(x)}
    if type(x) is Int:
        return {"whole": int(x)}
    if type(x) is list:
        return [_sent(part) for part in x]
    if type(x) is tuple:
        return {"tuple": [_sent(part) for part in x]}
    if type(x) is dict:
        return {"dict": [[_sent(key), _sent(part)] for key, part in x.items()]}
    if type(x) is slice:
        return {"slice": [_sent(part) for part in (x.start, x.stop, x.step)]}
    if type(x) is range:
        return {"range": [x.start, x.stop, x.step]}
    if isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fiub":
        raw = base64.b64encode(np.ascontiguousarray(x).tobytes()).decode()
        return {"array": [x.dtype.str, list(x.shape), raw, isinstance(x, np.generic)]}
    if x is ... or type(x) in INDEXERS:
        return {"single": next(name for name, one in SINGLE.items() if one is x)}
    if isinstance(x, type) and x in TYPES.values():
        return {"type": x.__name__}
    raise TypeError(type(x).__name__)


def _got(data: Any) -> Any:
    """Return the operand or value that `_sent` made data of."""
    if isinstance(data, list):
        return [_got(part) for part in data]
    if not isinstance(data, dict):
        return data
    ((kind, x),) = data.items()
    return READERS[kind](x)


def _array(x: Sequence[Any]) -> Any:
    kind, shape, raw, is_single = x
    dtype = np.dtype(str(kind))
    if dtype.kind not in "fiub":
        raise ValueError("no numbers")
    made = np.frombuffer(base64.b64decode(raw), dtype).reshape([int(n) for n in shape]).copy()
    return made[()] if is_single else made


READERS: dict[str, Callable[[Any], Any]] = {
    "entry": lambda x: Ref(int(x)),
    "whole": Int,
    "tuple": lambda x: tuple(map(_got, x)),
    "dict": lambda x: {_got(key): _got(part) for key, part in x},
    "slice": lambda x: slice(*map(_got, x)),
    "range": lambda x: range(*map(int, x)),
    "array": _array,
    "single": lambda x: SINGLE[x],
    "type": lambda x: TYPES[x],
}
MALFORMED: tuple[type[Exception], ...] = (LookupError, TypeError, ValueError, AttributeError)
MALFORMED += (ArithmeticError, RecursionError, AssertionError, MemoryError)


def from_data(data: Mapping[str, Any], texts: Mapping[str, str]) -> Recording:
    """Return the recording that `as_data` made data of, computed anew, compared with the texts.

    texts: by file, the texts before they ran. Raises ValueError, with a sentence as its message, if
    the data are not a recording or contradict a text.

    >>> from microgradnet.tape import Subject, recorded
    >>> data = as_data(recorded(Subject("y = 3.0 * 2.0", "net.py")))
    >>> from_data(data, {"net.py": "y = 3.0 * 2.0"}).tape.entries[-1].value
    6.0
    """
    try:
        return _Got(data, Texts(texts)).recording()
    except MALFORMED as error:
        said: str = next((x for x in error.args if isinstance(x, Said)), f"no recording: {error}")
        raise ValueError(said) from error


class _Got:
    """Reads one recording from data."""

    def __init__(self, data: Mapping[str, Any], texts: Texts) -> None:
        self.data, self.texts = data, texts
        self.places = [UNUSED if p is None else texts.place(*p) for p in data["places"]]
        self.tape = Tape(self.places, MOST + 1)
        if len(data["entries"]) > MOST:
            raise ValueError("too many entries")

    def recording(self) -> Recording:
        data, tape = self.data, self.tape
        values = Recorded(tape.entries)
        with np.errstate(all="ignore"):
            for sent in data["entries"]:
                self.add(sent, values)
        share_last(tape.entries, values)
        for number, text, slot, p, at, frame, part in data["stores"]:
            self.store(int(number), str(text), str(slot), self.places[p], at, frame, part)
        tape.returns = [(self.places[p], tuple(map(int, found))) for p, found in data["returns"]]
        tape.guards = [
            e.number for e in tape.entries if isinstance(e.value, (bool, np.bool_)) and e.operation
        ]
        tape.left = [Left(self.places[p], *rest) for p, *rest in data["left"]]
        tape.reached = {int(p) for p in data["reached"]}
        given, returned = ([int(n) for n in data[k]] for k in ("given", "returned"))
        self.texts.compare(tape, given)
        trees = {file: script.tree for file, script in self.texts.scripts.items()}
        return Recording(trees, tape, {}, given=given, returned=returned)

    def add(self, sent: Sequence[Any] | None, values: Recorded) -> None:
        """Add an entry to the tape; an operation outside the given texts becomes a source."""
        if sent is None:
            self.tape.note(None, (), {}, None, UNUSED).aside = True
            return
        p, frame, is_written, *rest = sent
        place, self.tape.frame = self.places[p], int(frame)
        if len(rest) == 1:
            entry = self.tape.note(None, (), {}, _got(rest[0]), place)
        else:
            row, args, kw = _row(*rest[:2]), _got(rest[2]), _got(rest[3])
            entry = self.tape.note(row, args, kw, None, place)
            if any(not 0 <= n < entry.number for n in entry.operands):
                raise ValueError("an operand that comes later")
            entry.value = _computed(entry, values)
            if not self.texts.is_known(place):
                entry.operation, entry.args, entry.kw, entry.operands = None, (), {}, ()
        entry.is_written = bool(is_written)
        drop_overwritten(entry, self.tape.entries, values)

    def store(
        self, number: int, text: str, slot: str, place: Place, at: int, frame: int, part: Any
    ) -> None:
        names = self.tape.entries[number].names
        if text not in names:
            names.append(text)
        key = part and (int(part[0]), part[1])
        self.tape.stores.append(Stored(number, text, slot, place, int(at), key, int(frame)))


def _row(name: str, path: str) -> Operation:
    """Return a row of the table by its spelling; NumPy's version if the package is missing."""
    row = table.TABLE[name]
    found = table.of_spelling(path) if path in row.spelled else None
    return found or row


def _computed(entry: Entry, values: Recorded) -> Any:
    """Return the value of an entry; raise ValueError for a whole number that is huge."""
    assert entry.operation is not None
    if entry.operation.name in ("power", "left_shift"):
        args = filled(entry.args, values)
        if all(isinstance(x, int) for x in args) and abs(args[1]) > DIGITS:
            raise ValueError("a huge number")
    value = computed(entry, values)
    if type(value) is int and abs(value) > WHOLE:
        raise ValueError("a huge number")
    return Int(value) if type(value) is int else value
