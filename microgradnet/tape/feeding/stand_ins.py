"""Make up data: arrays, labels and texts, with sizes that a run's own errors correct."""

from __future__ import annotations

import io
import pickle
import re
import struct
import types
import weakref
import zlib
from collections.abc import Iterator
from math import prod
from typing import Any, Self

import numpy as np

from microgradnet.words import say

ROWS, COLUMNS, CLASSES, PARTS = 12, 5, 3, 2  # initial sizes; each is corrected separately
MOST = 2_000_000  # numbers in one array
WORDS = "the quick brown fox jumps over the lazy dog\n" * 12
LABEL = re.compile(r"(^|_|train|test|val)y(_|$|train|test|val)|label|target|class|species|y_", re.I)
TABLE = re.compile(r"read_\w+|loadtxt|genfromtxt|fromfile")
SUFFIXES = {".csv": "commas", ".data": "commas", ".tsv": "blanks", ".dat": "blanks"}
DIFFERENT = r"(?:size )?(\d+)(?: \(dim \d\))? (?:is different from|!=) (\d+)|(?!)"
INTEGER = "interpreted as an integer|must be of integer|valid indices|must be integers"
BEYOND = r"index (\d+) is out of bounds for axis \d+ with size (\d+)|(?!)"


class Data:
    """The made-up data of one file, kept from each run of it to the next.

    sizes: rows, classes, and the columns of each data source; `mend` corrects wrong ones. heads:
    the column names of a table that the code asks for; whole: the columns of whole numbers.
    """

    def __init__(self) -> None:
        self.sizes = {"rows": ROWS, "classes": CLASSES}
        self.parts: dict[str, int] = {}
        self.contents: dict[str, list[str]] = {}  # kinds by file, the current first
        self.iterated, self.opened = "", ""
        self.heads: dict[str, list[str]] = {}
        self.whole: dict[str, set[int]] = {}
        self.is_whole = False  # whether the tables of absent packages hold whole numbers
        self.used: dict[str, tuple[int, ...] | str] = {}

    def columns(self, root: str) -> int:
        """Return the number of columns of a data source; choose one for a new source."""
        return self.sizes.setdefault(root, COLUMNS + len(self.sizes) - 2)

    def array(self, name: str) -> np.ndarray:
        """Return a made-up array; labels if its name, or its position in a pair, suggests them."""
        root, _, child = name.partition("/")
        rows, columns = self.sizes["rows"], self.columns(root)
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        last = child.rpartition("/")[2]
        if LABEL.search(last) or (last.isdigit() and int(last) % 2):
            made: np.ndarray = np.arange(rows) % self.sizes["classes"]
        elif TABLE.search(root) and last and last.startswith("'"):
            made = rng.random(rows)  # a column of a table
        else:
            made = rng.random((rows, columns))
            made = rng.integers(0, 256, made.shape) if self.is_whole else made
            if TABLE.search(root):
                several = self.sizes["classes"] if self.is_whole else 2
                made[:, 0] = made[:, -1] = np.arange(rows) % several
        self.used[name] = made.shape
        return made

    def content(self, file: str, binary: bool) -> bytes:
        """Return the made-up content of a file that is not there."""
        suffix = "." + file.rpartition(".")[2].lower()
        if file not in self.contents:
            first = SUFFIXES.get(suffix, "words")
            if binary:
                first = "images" if re.search("idx|ubyte", file) else "pickled"
            kinds = ["words", "commas", "blanks", "whole", "pickled", "images"]
            self.contents[file] = [first, *(kind for kind in kinds if kind != first)]
        self.opened = file
        kind = self.contents[file][0]
        self.used[file] = "text" if kind == "words" else (self.sizes["rows"], self.columns(file))
        return self._written(file, kind)

    def _written(self, file: str, kind: str) -> bytes:
        if kind == "words":
            return WORDS.encode()
        if kind == "pickled":
            return pickle.dumps(Unknown(self, file))
        if kind == "images":
            return self._images(file)
        stream, sign, table = io.StringIO(), " " if kind == "blanks" else ",", self._table(file)
        head = sign.join(self.heads.get(file, ()))
        table = (table * 9) // 1 if kind == "whole" else table
        np.savetxt(stream, table, "%g", sign, header=head, comments="")
        return stream.getvalue().encode()

    def _table(self, file: str) -> np.ndarray:
        """Return the numbers of a table; without names, the first and last column are 0 and 1."""
        columns = len(self.heads.get(file, ())) or self.columns(file)
        table = np.random.default_rng(len(file)).random((self.sizes["rows"], columns))
        whole = self.whole.get(file, set()) if file in self.heads else {0, columns - 1}
        table[:, sorted(whole)] = (np.arange(len(table)) % 2)[:, None]
        return table

    def _mend_head(self, text: str) -> bool:
        """Add a column name that an error asks for, or make a column whole that int() reads."""
        file, name = self.opened, re.fullmatch(r"'(.+)'", text)
        is_table = self.contents.get(file, [""])[0] in ("commas", "blanks")
        number = re.search(r"for int\(\).*'([\d.]+)'", text)
        if number and is_table and file in self.heads:
            near = np.abs(self._table(file) - float(number[1])) < 1e-5
            self.whole.setdefault(file, set()).update(np.nonzero(near)[1].tolist())
            return bool(near.any())
        if not is_table or not name or name[1] in self.heads.get(file, ()):
            return False
        self.heads.setdefault(file, []).append(name[1])
        return True

    def _images(self, file: str) -> bytes:
        """Return a file in MNIST's format: labels, or images of 28 by 28 pixels."""
        rows = self.sizes["rows"]
        if "label" in file:
            return struct.pack(">II", 2049, rows) + bytes(i % 10 for i in range(rows))
        pixels = np.random.default_rng(1).integers(0, 256, rows * 784).astype(np.uint8)
        return struct.pack(">IIII", 2051, rows, 28, 28) + pixels.tobytes()

    def mend(self, text: str) -> bool:
        """Change the data that the text of an error names; return whether anything changed."""
        found = re.search(r"values to unpack \(expected (\d+)", text)
        if found and self.iterated:
            wanted = int(found[1])
            changed = self.parts.get(self.iterated) != wanted and 1 < wanted < 10
            self.parts[self.iterated] = wanted
            return changed
        if self._mend_size(text) or self._mend_head(text):
            return True
        if re.search(INTEGER, text) and not self.is_whole:
            self.is_whole = True
            return True
        kinds = self.contents.get(self.opened, [])
        if len(kinds) > 1 and not re.search("is not defined|No module|shapes|size", text):
            kinds.pop(0)
            return True
        return False

    def _mend_size(self, text: str) -> bool:
        """Set one size to the number that an error compares it with."""
        pairs = [(int(u), int(v)) for u, v in re.findall(DIFFERENT, text)]
        pairs += [(int(v), int(u) + 1) for u, v in re.findall(BEYOND, text)]
        shapes = [
            [int(n) for n in re.findall(r"\d+", s)] for s in re.findall(r"\(([\d, ]+)\)", text)
        ]
        reshaped = re.search(r"array of size (\d+) into shape", text)
        if reshaped and len(shapes) == 1 and len(shapes[0]) > 1:
            rest = prod(shapes[0][1:])
            pairs += [(n, rest) for n in self.sizes.values() if int(reshaped[1]) % n == 0]
        elif len(shapes) == 2:
            pairs += list(zip(shapes[0][::-1], shapes[1][::-1]))
        pairs += [(v, u) for u, v in pairs]
        exact = [(name, v) for u, v in pairs for name, n in self.sizes.items() if n == u != v]
        near = [(k, v + n - u) for u, v in pairs for k, n in self.sizes.items() if 0 < n - u < 3]
        for name, size in [*exact, *near]:  # near: the code may use only some columns
            if 1 < size != self.sizes[name] and size * self.sizes["rows"] < MOST:
                self.sizes[name] = size
                return True
        return False

    def notes(self) -> list[str]:
        """Return a sentence for each thing that was made up."""
        roots: dict[str, list[tuple[int, ...] | str]] = {}
        for name, shape in self.used.items():
            roots.setdefault(name.partition("/")[0], []).append(shape)
        return [_note(root, shapes) for root, shapes in roots.items()]


def _note(root: str, shapes: list[tuple[int, ...] | str]) -> str:
    numbers = [shape for shape in shapes if not isinstance(shape, str)]
    rows, columns = next((shape for shape in numbers if len(shape) == 2), (0, 0))
    if rows:
        words = "{name} gives {rows} made-up rows of {columns} columns"
        return say(words, name=root, rows=rows, columns=columns)
    if numbers:
        words = "{name} gives {rows} made-up numbers"
        return say(words, name=root, rows=numbers[0][0])
    if "text" in shapes:
        return say("{name} gives a made-up text", name=root)
    if "." not in root:  # a function that failed
        return say("{name} cannot be used here: what it gives is made up", name=root)
    return say("There is no {file}: what it holds is made up.", file=root)


TABLES = {"read_csv", "read_excel", "read_table", "concat", "merge", "DataFrame"}  # of pandas


class Optimizer:
    """Stands for an optimizer: each of its methods gives its first argument back, moved."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _moved


def _moved(x: Any = None, g: Any = None, *_: Any, **__: Any) -> Any:
    return x - 0.1 * g if np.shape(x) == np.shape(g) != () else x


class Table(np.ndarray):
    """Made-up numbers with the attributes of a table of pandas."""

    def to_numpy(self, *_: Any, **__: Any) -> np.ndarray:
        """Return the numbers."""
        return np.asarray(self)

    values = property(to_numpy)


class Unknown:
    """Stands for a module, an object of a module or data that are missing.

    It can be called and unpacked; its numbers are made up when they are needed. name: a path,
    `keras.datasets/mnist/load_data/0/1`.
    """

    __path__: tuple[str, ...] = ()

    def __init__(self, data: Data, name: str, draws: bool = False) -> None:
        self._data, self._name, self._draws = data, name, draws
        self._held: np.ndarray | None = None
        self._columns: dict[str, Any] = {}
        self.__name__ = name.rpartition("/")[2]

    def _child(self, key: object) -> Unknown:
        return Unknown(self._data, f"{self._name}/{key}", self._draws)

    def _array(self) -> np.ndarray:
        if self._held is None:
            self._held = self._data.array(self._name)
        return self._held

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        if name in ("text", "content"):
            return WORDS if name == "text" else WORDS.encode()
        if name in ("loc", "iloc", "ix"):
            return self._array().view(Table)
        if name == "columns":
            return [f"c{i}" for i in range(self._array().shape[-1])]
        if hasattr(Table, name) and not hasattr(np.ndarray, name):
            return getattr(self._array().view(Table), name)
        is_child = name == "data" or self._draws or not hasattr(np.ndarray, name)
        return self._child(name) if is_child else getattr(self._array(), name)

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        """Return the first argument, as decorators and scalers do, its parts, or a child."""
        if self.__name__ == "train_test_split":
            return [part for x in inputs for part in (x[: len(x) * 2 // 3], x[len(x) * 2 // 3 :])]
        if self.__name__ in ("to_categorical", "one_hot"):
            labels = np.asarray(inputs[0]).astype(int)
            count = inputs[1] if len(inputs) > 1 else options.get("num_classes")
            return np.eye(int(count or labels.max() + 1))[labels]
        if self.__name__ in ("trange", "xrange"):
            return range(*inputs)
        handed = [x for x in inputs if isinstance(x, CALLED if self._draws else HANDED)]
        if handed and (inputs[0] is handed[0]):
            return handed[0]
        return self if self._draws else Unknown(self._data, f"{self._name}()")

    def reshape(self, *shape: Any, **_: Any) -> np.ndarray:
        """Return all rows of the array in the requested shape."""
        wanted = tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape
        root, rows = self._name.partition("/")[0], self._array().shape[0]
        if self._array().ndim == 2 and len(wanted) > 1 and -1 not in wanted[1:]:
            self._data.sizes[root], self._held = prod(wanted[1:]), None
            return self._array().reshape(rows, *wanted[1:])
        return self._array().reshape([-1 if n >= rows else n for n in wanted])

    def __iter__(self) -> Iterator[Any]:
        if self._held is not None and not self._draws:
            return iter(self._array())
        self._data.iterated = self._name
        return (self._child(i) for i in range(self._data.parts.get(self._name, PARTS)))

    def __getitem__(self, key: Any) -> Any:
        is_table = not TABLES.isdisjoint(self._name.split("/"))
        if isinstance(key, str) and (is_table or key in self._columns):
            found = self._columns.get(key)
            return self._array()[:, len(key) % -2].view(Table) if found is None else found
        if isinstance(key, str) or self._draws:
            return self._child(repr(key))
        if isinstance(key, list) and key and isinstance(key[0], str):
            return self._array()[:, : len(key)].view(Table)
        return self._child(key) if type(key) is int and self._held is None else self._array()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        if not self._draws and not isinstance(key, str):
            self._array()[key] = value
        elif not self._draws and isinstance(value, np.ndarray):
            self._columns[key] = value.view(Table)

    def __array__(self, dtype: Any = None, copy: object = None) -> np.ndarray:
        return self._array().astype(dtype) if dtype is not None else self._array()

    def __reduce__(self) -> tuple[Any, ...]:
        LIVE[id(self._data)] = self._data
        return _of_live, (id(self._data), self._name, self._draws)

    def __len__(self) -> int:
        return len(self._array())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __mro_entries__(self, bases: object) -> tuple[type, ...]:
        return ()

    def __float__(self) -> float:
        return 0.5

    def __int__(self) -> int:
        return 3

    __index__ = __int__


LIVE: weakref.WeakValueDictionary[int, Data] = weakref.WeakValueDictionary()


def _of_live(data: int, name: str, draws: bool) -> Unknown:
    return Unknown(LIVE[data], name, draws)


CALLED = (types.FunctionType, type, range, types.GeneratorType, zip, enumerate)
HANDED = (list, np.ndarray, Unknown, *CALLED)


def _operator(name: str) -> Any:
    def method(self: Unknown, *others: Any) -> Any:
        return getattr(self._array(), name)(*map(np.asarray, others))

    return method


TWO_SIDED = ["add", "sub", "mul", "truediv", "matmul", "pow", "mod", "floordiv"]
for _sign in [*TWO_SIDED, *(f"r{_sign}" for _sign in TWO_SIDED), "lt", "gt", "le", "ge", "neg"]:
    setattr(Unknown, f"__{_sign}__", _operator(f"__{_sign}__"))
