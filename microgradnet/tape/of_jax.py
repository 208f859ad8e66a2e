"""Run code for JAX on NumPy's arrays: a function of NumPy for its namesake, else JAX's own.

Compiling each operation for each shape takes JAX seconds, and its arrays are NumPy's but for two
things: nothing writes into them, and `x.at[i].add(v)` gives a changed copy.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from operator import getitem
from types import ModuleType
from typing import Any

import numpy as np

from microgradnet.tape import table
from microgradnet.tape.entry import mapped
from microgradnet.tape.rules.formulas import written
from microgradnet.tape.rules.rows import Operation, is_leaf

HOMES = ("jax.numpy", "jax.numpy.linalg", "jax.nn", "jax.lax", "jax.scipy.special", "jax")
ONLY_OF_JAX = {"precision", "preferred_element_type", "out_sharding", "unique_indices"}
# Functions that make arrays from sizes; their namesakes have no row.
MAKING = ("zeros", "ones", "empty", "arange", "linspace", "eye", "identity", "tri")
# Functions of jax.lax that are those of NumPy, where their names differ.
RENAMED = {"max": "maximum", "min": "minimum", "mul": "multiply", "sub": "subtract"}
RENAMED |= {"neg": "negative", "div": "divide", "select": "where", "pow": "power"}
RENAMED |= {x: x for x in ("exp", "log", "log1p", "expm1", "tanh", "sin", "cos", "sqrt", "square")}
RENAMED |= {x: x for x in ("abs", "sign", "add", "floor", "ceil")}
OF_LAST = ("jax.nn.softmax", "jax.nn.log_softmax")  # for NumPy the default is all axes
WRITTEN = {"set": "setitem", "add": "add_at", "subtract": "subtract_at"}  # of x.at[i]
# Functions that are not those of NumPy: there they write in place, or leave an order open.
UNLIKE = ("copyto", "fill_diagonal", "place", "put", "put_along_axis", "partition", "argpartition")
OTHERS = {"multiply": np.multiply, "divide": np.divide, "min": np.minimum, "max": np.maximum}


def jax() -> Any:
    """Return the jax module if the person's code imported it; None otherwise."""
    return sys.modules.get("jax")


class Immutable(np.ndarray):
    """An array that nothing writes into."""

    @property
    def at(self) -> At:
        """The places of the array, of which changed copies are made."""
        return At(self)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError("JAX arrays are immutable: write x = x.at[index].set(value)")


IN_PLACE = "add sub mul truediv floordiv mod pow matmul and or xor"
for _name in IN_PLACE.split():
    setattr(Immutable, f"__i{_name}__", getattr(np.ndarray, f"__{_name}__"))


def immutable(x: Any) -> Any:
    """Return arrays, in any nesting, as immutable arrays of the same memory."""

    def of(leaf: Any) -> Any:
        if jax() is not None and isinstance(leaf, jax().Array):
            leaf = np.asarray(leaf)
        is_plain = isinstance(leaf, np.ndarray) and not isinstance(leaf, Immutable)
        return leaf.view(Immutable) if is_plain else leaf

    return mapped(x, of)


class At:
    """The places of an array; `at[index]` names one of them."""

    def __init__(self, array: Any, index: Any = None) -> None:
        self.array, self.index = array, index

    def __getitem__(self, index: Any) -> At:
        return At(self.array, index)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the function of a value that makes the changed copy."""
        if name not in (*WRITTEN, *OTHERS):
            raise AttributeError(name)
        return functools.partial(changing(name), self.array, self.index)


@functools.cache
def changing(name: str) -> Named:
    """Return the function that makes a copy changed at an index."""
    if name in WRITTEN:
        row = table.TABLE[WRITTEN[name]]
        return Named(f"at[].{name}", row.f, row)
    f = written(OTHERS[name].at)
    return Named(f"at[].{name}", f, table.opaque(f))


class Named:
    """A function as the code for JAX calls it. row: its row of the table, None without one."""

    def __init__(self, name: str, f: Callable[..., Any], row: Operation | None) -> None:
        self.__name__, self.f, self.row = name, f, row

    def __call__(self, *args: Any, **kw: Any) -> Any:
        return immutable(self.f(*args, **kw))


class OfJax(Operation):
    """A function of JAX, called with NumPy's arrays; its derivative is that of jax.vjp."""

    def __init__(self, name: str, f: Callable[..., Any]) -> None:
        super().__init__(name, self.value, "")
        self.jax = f

    def value(self, *args: Any, **kw: Any) -> Any:
        """Return the result of the function as arrays."""
        args, kw = mapped((args, kw), _of_jax)
        return mapped(self.jax(*args, **kw), _of_numpy)

    def pulled(self, g: Any, out: Any, args: Any, kw: Any) -> tuple[Any, Any]:
        """Return the gradients of the operands by jax.vjp of this one operation."""
        numbers: list[Any] = []
        mapped((tuple(args), kw), lambda x: numbers.append(x) if is_leaf(x) else None)

        def f(*xs: Any) -> Any:
            flat = iter(xs)
            own, named = mapped((tuple(args), kw), lambda x: next(flat) if is_leaf(x) else x)
            return self.jax(*own, **named)

        _, pull = jax().vjp(f, *map(_of_jax, numbers))
        found = iter(map(np.asarray, pull(_like(out, g))))
        back, kwback = mapped((tuple(args), kw), lambda x: next(found) if is_leaf(x) else None)
        return list(back), kwback


def _like(out: Any, g: Any) -> Any:
    """Return the upstream gradient of a result as JAX takes it: zeros where there is none."""
    if isinstance(out, (tuple, list)):
        return type(out)([_like(o, None if g is None else g[k]) for k, o in enumerate(out)])
    if np.asarray(out).dtype.kind != "f":
        return np.zeros(np.shape(out), jax().dtypes.float0)
    return _of_jax(np.broadcast_to(0.0 if g is None else g, np.shape(out)))


def _of_jax(x: Any) -> Any:
    return jax().numpy.asarray(np.asarray(x)) if isinstance(x, (np.ndarray, np.generic)) else x


def _of_numpy(x: Any) -> Any:
    return np.asarray(x) if isinstance(x, jax().Array) else x


class Names:
    """A module of JAX whose functions run on NumPy's arrays."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return lent(getattr(self.module, name), f"{self.module.__name__}.{name}")


def lent(x: Any, path: str = "") -> Any:
    """Return the stand-in of a module or function of JAX for the checked code.

    path: its dotted name; anything else is returned unchanged.
    """
    if isinstance(x, ModuleType):
        return Names(x) if x.__name__.partition(".")[0] == "jax" else x
    if isinstance(x, jax().Array):
        return immutable(x)
    if x is jax().Array:
        return np.ndarray
    if isinstance(getattr(x, "dtype", None), np.dtype) and hasattr(jax().numpy, str(x.dtype)):
        return np.float64 if x.dtype.kind == "f" or "float" in x.dtype.name else x.dtype.type
    path = path or next((p for p in _paths(x)), "")
    if path in PLAINLY:
        return PLAINLY[path]
    if callable(x) and path and not isinstance(x, type):
        return named(path, x)
    return x


def _paths(x: Any) -> Iterator[str]:
    """Yield the dotted names under which JAX has a function."""
    name = getattr(x, "__name__", "")
    for home in HOMES if isinstance(name, str) and callable(x) else ():
        if name and getattr(sys.modules.get(home), name, None) is x:
            yield f"{home}.{name}"


@functools.cache
def named(path: str, f: Callable[..., Any]) -> Named:
    """Return the function that the code for JAX calls by a dotted name."""
    home, _, name = path.rpartition(".")
    if path in OF_LAST:
        of_all = table.TABLE[name]
        row = table.spelled_as(of_all, lambda x, axis=-1, **kw: of_all.f(x, axis, **kw), axis=-1)
        return Named(path, row.f, row)
    twin = table.of_spelling(path)
    if twin is None and home.startswith("jax.numpy") and name not in UNLIKE:
        twin = table.of_spelling(f"np{home.removeprefix('jax.numpy')}.{name}")
    if twin is None and home == "jax.lax" and name in RENAMED:
        twin = table.of_spelling(f"np.{RENAMED[name]}")
    if twin is not None and not twin.is_opaque:
        row = table.spelled_as(twin, _without(twin.f), **twin.preset)
        return Named(path, row.f, row)
    if home == "jax.numpy" and name in MAKING:
        return Named(path, getattr(np, name), None)
    row = OfJax(path, f)
    return Named(path, row.value, row)


def _without(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that leaves out the keywords that only JAX knows."""

    def call(*args: Any, **kw: Any) -> Any:
        return f(*args, **{k: v for k, v in kw.items() if k not in ONLY_OF_JAX})

    return call


# What JAX only does for speed, and rules of a person's own, which are not the truth. `do` makes a
# call, and records it where calls are recorded.

Do = Callable[..., Any]


def _itself(do: Do, f: Any = None, *args: Any, **kw: Any) -> Any:
    return Plainly(_itself) if f is None else f


def _branch(do: Do, test: Any, true: Any, false: Any, *operands: Any) -> Any:
    return (true if test else false)(*operands)


def _loop(do: Do, lower: Any, upper: Any, body: Any, value: Any, **kw: Any) -> Any:
    for i in range(int(lower), int(upper)):
        value = body(i, value)
    return value


def _while(do: Do, test: Any, body: Any, value: Any) -> Any:
    while test(value):
        value = body(value)
    return value


def _scan(
    do: Do, f: Any, carry: Any, xs: Any, length: Any = None, reverse: bool = False, **kw: Any
) -> Any:
    n = length if xs is None else len(_first(xs))
    found = []
    for k in range(n)[:: -1 if reverse else 1]:
        carry, y = f(carry, mapped(xs, functools.partial(_row, do, k)))
        found.append(y)
    return carry, _stacked(do, found[:: -1 if reverse else 1])


def _vmap(do: Do, f: Any, in_axes: Any = 0, out_axes: int = 0, **kw: Any) -> Any:
    def over_rows(do: Do, *args: Any) -> Any:
        axes = in_axes if isinstance(in_axes, (tuple, list)) else [in_axes] * len(args)
        if out_axes or any(axis not in (0, None) for axis in axes):
            raise NotImplementedError("vmap along other axes than the first")
        n = next(len(_first(x)) for x, axis in zip(args, axes) if axis == 0)
        rows = [
            [x if axis is None else mapped(x, functools.partial(_row, do, k)) for x, axis in both]
            for k, both in enumerate([list(zip(args, axes))] * n)
        ]
        return _stacked(do, [f(*row) for row in rows])

    return Plainly(over_rows)


def _row(do: Do, k: int, x: Any) -> Any:
    return None if x is None else do(getitem, x, k)


def _first(tree: Any) -> Any:
    found: list[Any] = []
    mapped(tree, found.append)
    return found[0]


def _stacked(do: Do, several: list[Any]) -> Any:
    """Return results of the same nesting, stacked leaf by leaf."""
    first = several[0]
    if isinstance(first, (tuple, list)):
        return type(first)([_stacked(do, [x[k] for x in several]) for k in range(len(first))])
    if isinstance(first, dict):
        return {key: _stacked(do, [x[key] for x in several]) for key in first}
    return None if first is None else do(named("jax.numpy.stack", jax().numpy.stack), several)


class Plainly:
    """A function of JAX that calls functions of the person, done as plain Python does it."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f, self.__name__ = f, f.__name__

    def __call__(self, *args: Any, **kw: Any) -> Any:
        return self.f(lambda f, *xs: f(*xs), *args, **kw)


PLAINLY: Mapping[str, Plainly] = {
    **dict.fromkeys(("jax.jit", "jax.checkpoint", "jax.remat"), Plainly(_itself)),
    **dict.fromkeys(("jax.custom_vjp", "jax.custom_jvp"), Plainly(_itself)),
    "jax.vmap": Plainly(_vmap),
    "jax.lax.cond": Plainly(_branch),
    "jax.lax.fori_loop": Plainly(_loop),
    "jax.lax.while_loop": Plainly(_while),
    "jax.lax.scan": Plainly(_scan),
}


@contextlib.contextmanager
def in_x64() -> Iterator[None]:
    """Let JAX compute in float64."""
    with jax().enable_x64(True):
        yield
