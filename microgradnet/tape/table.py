"""The table of operations on numbers and arrays: a row for each operation, with its spellings.

A spelling is `np.exp`, `math.exp`, `scipy.special.expit`, a builtin (`abs`), a method (`.sum`) or
an operator (`*`, `neg`). At a kink or a tie, the derivative is that of one side. For `maximum`,
`minimum` and `clip` at a tie, it is that of the limit (relu has 0 at 0); for `abs` at 0, it is 0.
"""

from __future__ import annotations

import builtins
import copy
import math
import operator
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from microgradnet.tape import trees
from microgradnet.tape.rules import formulas as by
from microgradnet.tape.rules import reductions, rows
from microgradnet.tape.rules.reductions import Contraction, Folded, Reduction
from microgradnet.tape.rules.rows import Elementwise, Flat, Formula, Function, Operation, Structural

windows = np.lib.stride_tricks.sliding_window_view
erf, erfc = np.vectorize(math.erf, otypes=[float]), np.vectorize(math.erfc, otypes=[float])
exp, log, sqrt = np.exp, np.log, np.sqrt
UNLIKE = ("sort", "resize", "compress")  # methods that write in place or order operands differently
MOST = "a axis out keepdims initial where"
SPREAD = "a axis dtype out ddof keepdims where mean correction"
AXIS = "a axis dtype out keepdims initial where"


def spelled(name: str, more: str) -> str:
    """Return the spellings of an operation: NumPy's function, its method if any, and more."""
    is_method = hasattr(np.ndarray, name) and name not in UNLIKE
    return f"np.{name} {more}" + f" .{name}" * is_method


def elementwise(name: str, partials: Function, more: str = "", is_exact: bool = False) -> Operation:
    """Return the row of the elementwise NumPy function of this name."""
    return Elementwise(name, getattr(np, name), partials, spelled(name, more), is_exact)


def reduction(name: str, order: str, partial: Function, more: str = "") -> Operation:
    """Return the row of the NumPy reduction of this name."""
    return Reduction(name, getattr(np, name), order, partial, spelled(name, more))


def contraction(name: str, letters: Function, more: str = "", *ravels: bool) -> Operation:
    """Return the row of the NumPy contraction of this name."""
    return Contraction(name, getattr(np, name), letters, spelled(name, more), *ravels)


def formula(name: str, names: str, grads: Function, more: str = "") -> Operation:
    """Return the row of the NumPy function of this name, with its gradients."""
    return Formula(name, getattr(np, name), names, grads, spelled(name, more))


def structural(names: str, data: Sequence[int] = (0,), quick: Any = None) -> list[Operation]:
    """Return a row for each of these NumPy functions, which only move numbers."""
    return [Structural(n, getattr(np, n), spelled(n, ""), data, quick) for n in names.split()]


def flat(names: str) -> list[Operation]:
    """Return a row for each of these NumPy functions, whose derivative is 0 or undefined."""
    return [Flat(n, getattr(np, n), spelled(n, "")) for n in names.split()]


ELEMENTWISE = [
    elementwise("add", lambda o, x, y: (1.0, 1.0), "+"),
    elementwise("subtract", lambda o, x, y: (1.0, -1.0), "-"),
    elementwise("multiply", lambda o, x, y: (y, x), "*"),
    elementwise("divide", lambda o, x, y: (1 / y, -o / y), "/ np.true_divide"),
    elementwise("power", lambda o, x, y: by.powers(o, x, y), "** np.float_power math.pow pow"),
    elementwise("mod", lambda o, x, y: (1.0, -np.floor(x / y)), "% np.remainder"),
    elementwise("fmod", lambda o, x, y: (1.0, -np.trunc(x / y)), "math.fmod", True),
    elementwise("negative", lambda o, x: (-1.0,), "neg", True),
    Elementwise("same", lambda x: x, lambda o, x: (1.0,), "", True),
    elementwise("positive", lambda o, x: (1.0,), "pos", True),
    elementwise("real", lambda o, x: (1.0,), "", True),
    elementwise("imag", lambda o, x: (0.0,), "", True),
    elementwise("conjugate", lambda o, x: (1.0,), ".conj", True),
    Elementwise("float", np.float64, lambda o, x: (1.0,), "float np.float64 np.float32", True),
    elementwise("abs", lambda o, x: (np.sign(x),), "abs np.absolute np.fabs math.fabs", True),
    elementwise("square", lambda o, x: (2 * x,)),
    elementwise("sqrt", lambda o, x: (0.5 / o,), "math.sqrt"),
    elementwise("cbrt", lambda o, x: (1 / (3 * o * o),), "math.cbrt"),
    elementwise("reciprocal", lambda o, x: (-o * o,)),
    elementwise("exp", lambda o, x: (o,), "math.exp"),
    elementwise("exp2", lambda o, x: (o * log(2.0),), "math.exp2"),
    elementwise("expm1", lambda o, x: (o + 1,), "math.expm1"),
    Elementwise(
        "log",
        lambda x, base=None: log(x) if base is None else log(x) / log(base),
        lambda o, x, base=None: (
            1 / x if base is None else 1 / (x * log(base)),
            None if base is None else -o / (base * log(base)),
        ),
        "np.log math.log",
    ),
    elementwise("log1p", lambda o, x: (1 / (1 + x),), "math.log1p"),
    elementwise("log2", lambda o, x: (1 / (x * log(2.0)),), "math.log2"),
    elementwise("log10", lambda o, x: (1 / (x * log(10.0)),), "math.log10"),
    elementwise("sin", lambda o, x: (np.cos(x),), "math.sin"),
    elementwise("cos", lambda o, x: (-np.sin(x),), "math.cos"),
    elementwise("tan", lambda o, x: (1 + o * o,), "math.tan"),
    elementwise("arcsin", lambda o, x: (1 / sqrt(1 - x * x),), "math.asin"),
    elementwise("arccos", lambda o, x: (-1 / sqrt(1 - x * x),), "math.acos"),
    elementwise("arctan", lambda o, x: (1 / (1 + x * x),), "math.atan"),
    elementwise(
        "arctan2", lambda o, y, x: (x / (x * x + y * y), -y / (x * x + y * y)), "math.atan2"
    ),
    elementwise("sinh", lambda o, x: (np.cosh(x),), "math.sinh"),
    elementwise("cosh", lambda o, x: (np.sinh(x),), "math.cosh"),
    elementwise("tanh", lambda o, x: (1 / np.cosh(x) ** 2,), "math.tanh"),
    elementwise("arcsinh", lambda o, x: (1 / sqrt(x * x + 1),), "math.asinh"),
    elementwise("arccosh", lambda o, x: (1 / sqrt(x * x - 1),), "math.acosh"),
    elementwise("arctanh", lambda o, x: (1 / (1 - x * x),), "math.atanh"),
    elementwise("radians", lambda o, x: (np.pi / 180,), "np.deg2rad math.radians"),
    elementwise("degrees", lambda o, x: (180 / np.pi,), "np.rad2deg math.degrees"),
    elementwise("hypot", lambda o, x, y: (x / by.nonzero(o), y / by.nonzero(o)), "math.hypot"),
    elementwise("logaddexp", lambda o, x, y: (exp(x - o), exp(y - o))),
    Elementwise(
        "expit",
        by.expit,
        lambda o, x: (o * by.expit(-x),),
        "scipy.special.expit jax.scipy.special.expit jax.nn.sigmoid jax.lax.logistic",
    ),
    Elementwise("rsqrt", lambda x: 1 / sqrt(x), lambda o, x: (-o / (2 * x),), "jax.lax.rsqrt"),
    Elementwise(
        "erf",
        erf,
        lambda o, x: (2 / sqrt(np.pi) * exp(-x * x),),
        "math.erf scipy.special.erf jax.scipy.special.erf jax.lax.erf",
    ),
    Elementwise(
        "erfc", erfc, lambda o, x: (-2 / sqrt(np.pi) * exp(-x * x),), "math.erfc scipy.special.erfc"
    ),
    elementwise("maximum", lambda o, x, y: by.larger(x, y), "np.fmax", True),
    elementwise("minimum", lambda o, x, y: by.larger(-x, -y), "np.fmin", True),
    elementwise("clip", by.clipped, "", True),
    elementwise("where", lambda o, c, x, y: (None, (c != 0) * 1.0, (c == 0) * 1.0), "", True),
    elementwise("nan_to_num", lambda o, x: (np.isfinite(x) * 1.0,), "", True),
]


STRUCTURAL = [
    Structural("getitem", operator.getitem, "[]", quick=by.unindexed),
    *structural("reshape ravel squeeze expand_dims", quick=by.reshaped),
    *structural("atleast_1d atleast_2d atleast_3d", range(9)),
    Structural("flatten", np.ravel, ".flatten", quick=by.reshaped),
    Structural("two_axes", np.reshape, "", quick=by.reshaped),  # of a result of np.matrix
    Structural("copy", np.copy, "np.copy .copy copy.copy copy.deepcopy", quick=by.reshaped),
    Structural(
        "array",
        np.array,
        "np.array np.asarray np.asanyarray np.ascontiguousarray np.asfortranarray"
        " .tolist .item .to_numpy",
        quick=by.reshaped,
    ),
    Structural(
        "astype", lambda a, *_, **kw: np.asarray(a, dtype=float), ".astype", quick=by.reshaped
    ),
    Structural("transpose", np.transpose, "np.transpose .transpose .T np.matrix_transpose .mT"),
    *structural("swapaxes moveaxis rollaxis rot90 flip fliplr flipud roll tile repeat resize"),
    *structural("broadcast_to pad diag diagonal diagflat triu tril delete take take_along_axis"),
    *structural("concatenate stack hstack vstack dstack column_stack block"),
    *structural("split array_split hsplit vsplit dsplit"),
    *structural("meshgrid broadcast_arrays", range(9)),
    *structural("append", (0, 1)),
    *structural("insert", (0, 2)),
    *structural("select", (1, 2)),
    *structural("choose", (1,)),
    *structural("full full_like", (1,)),
    *structural("compress extract", (1,)),
    Structural("sliding_window_view", windows, "np.lib.stride_tricks.sliding_window_view"),
    Structural("setitem", by.setitem, "[]=", (0, 2)),
    Structural("put", by.put, "", (0, 2)),
    Structural("fill", by.fill, "", (1,)),
    Structural("copyto", by.written(np.copyto), "", (0, 1)),
    Structural("fill_diagonal", by.written(np.fill_diagonal), "", (0, 1)),
    Structural("put_along_axis", by.written(np.put_along_axis), "", (0, 2)),
]

CONTRACTIONS = [
    contraction("matmul", reductions.of_matmul, "@"),
    contraction("dot", reductions.of_dot),
    contraction("inner", reductions.of_inner),
    contraction("outer", lambda a, b: (["i", "j"], "ij"), "", True),
    contraction("vdot", lambda a, b: (["i", "i"], ""), "", True),
    contraction("tensordot", reductions.of_tensordot),
    contraction("einsum", reductions.of_einsum),
    contraction("trace", reductions.of_trace),
    Contraction("multiply_outer", np.multiply.outer, reductions.of_products, "np.multiply.outer"),
]

REDUCTIONS = [
    reduction("sum", AXIS, lambda o, x, k: 1.0, "math.fsum np.add.reduce"),
    reduction("mean", "a axis dtype out keepdims where", lambda o, x, k: 1 / k.count),
    reduction("prod", AXIS, by.others, "math.prod np.multiply.reduce"),
    reduction("max", MOST, by.hit, "np.amax np.maximum.reduce"),
    reduction("min", MOST, by.hit, "np.amin np.minimum.reduce"),
    reduction("var", SPREAD, lambda o, x, k: 2 * (x - k.mean()) / (k.count - k.ddof)),
    reduction("std", SPREAD, lambda o, x, k: (x - k.mean()) / (k.count - k.ddof) / by.nonzero(o)),
    Reduction("norm", np.linalg.norm, "x ord axis keepdims", by.by_norm, "np.linalg.norm"),
    Reduction(
        "logsumexp",
        by.logsumexp,
        "a axis b keepdims return_sign",
        by.by_logsumexp,
        "scipy.special.logsumexp np.logaddexp.reduce jax.nn.logsumexp jax.scipy.special.logsumexp",
    ),
]

FORMULAS = [
    formula("average", "a axis weights returned keepdims", by.averaged),
    formula("cumsum", "a axis", by.by_cumsum, "np.add.accumulate"),
    formula("cumprod", "a axis", by.by_cumprod),
    formula("sort", "a axis", by.placed),
    Formula("softmax", by.softmax, "x axis", by.by_softmax, "scipy.special.softmax"),
    Formula(
        "log_softmax", by.log_softmax, "x axis", by.by_log_softmax, "scipy.special.log_softmax"
    ),
    Formula("inv", np.linalg.inv, "a", by.inverted, "np.linalg.inv"),
    Formula("solve", np.linalg.solve, "a b", by.solved, "np.linalg.solve"),
    Formula("cholesky", np.linalg.cholesky, "a", by.by_cholesky, "np.linalg.cholesky"),
    Formula("det", np.linalg.det, "a", by.by_det, "np.linalg.det"),
    Formula("add_at", by.written(np.add.at), "a index v", by.added_at(1.0), "np.add.at"),
    Formula(
        "subtract_at", by.written(np.subtract.at), "a index v", by.added_at(-1.0), "np.subtract.at"
    ),
    Formula("maximum_at", by.written(np.maximum.at), "a index v", by.chosen_at, "np.maximum.at"),
    Formula("minimum_at", by.written(np.minimum.at), "a index v", by.chosen_at, "np.minimum.at"),
    Folded("sum_of", builtins.sum, "sum"),
    Folded("max_of", builtins.max, "max"),
    Folded("min_of", builtins.min, "min"),
]

SIGNED = (
    "< less, <= less_equal, > greater, >= greater_equal, == equal, != not_equal, // floor_divide, "
    "& bitwise_and, | bitwise_or, ^ bitwise_xor, ~ invert, << left_shift, >> right_shift"
)
FLAT: list[Operation] = [
    Flat(n, getattr(np, n), f"{sign} np.{n}") for sign, n in map(str.split, SIGNED.split(","))
]
FLAT += flat(
    "all allclose any argmax argmin argpartition argsort argwhere array_equal count_nonzero "
    "digitize fix flatnonzero heaviside isclose isfinite isin isinf isnan lexsort "
    "logical_and logical_not logical_or logical_xor ndim nonzero ones_like rint searchsorted "
    "ravel_multi_index shape sign signbit size unique unravel_index zeros_like"
)
FLAT += [
    Flat("empty_like", np.zeros_like, "np.empty_like"),  # the same in every run
    *(Flat(n, getattr(np, n), f"np.{n} math.{n}") for n in ("floor", "ceil", "trunc")),
    Flat("round", np.round, "round np.round np.around .round"),
    Flat("int", int, "int np.int64 np.int32 np.intp"),
    Flat("bool", bool, "bool np.bool_"),
    Flat("not", operator.not_, "not"),
    Flat("len", len, "len"),
    Flat("is_close", math.isclose, "math.isclose"),
    Flat("is_nan", math.isnan, "math.isnan"),
    Flat("is_inf", math.isinf, "math.isinf"),
    Flat("is_finite", math.isfinite, "math.isfinite"),
]

SIGNS: dict[str, Function] = {"[]": operator.getitem, "[]=": by.setitem, **trees.OPERATORS}


def spelled_as(row: Operation, f: Function, **preset: Any) -> Operation:
    """Return a copy of a row that computes its value by one of its spellings."""
    variant = copy.copy(row)
    variant.f, variant.preset = f, preset
    return variant


def resolved(path: str) -> Any:
    """Return the function of a dotted spelling; None if its package is not imported."""
    if path in SIGNS:
        return SIGNS[path]
    package, _, name = path.rpartition(".")
    if package.partition(".")[0] in ("np", "math", "copy"):
        found: Any = {"np": np, "math": math, "copy": copy}
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else getattr(found, part, None)
        return found
    return getattr(sys.modules.get(package) if package else builtins, name, None)


def methodic(name: str) -> Function:
    """Return a function that calls a method of an array or a number."""

    def call(a: Any, *args: Any, **kw: Any) -> Any:
        found = getattr(a if hasattr(a, name) else np.asarray(a), name)
        return found(*args, **kw) if callable(found) else found

    call.__name__ = name
    return call


def key(f: Any) -> Any:
    """Return a key that identifies a function: `np.add.at` is a new object each time."""
    owner = getattr(f, "__self__", None)
    return (owner, f.__name__) if isinstance(owner, np.ufunc) else f


def opaque(f: Function, spelled: str = "") -> Operation:
    """Return a row for a function without gradients of its own; they are central differences."""
    return rows.Opaque(getattr(f, "__name__", "function"), f, spelled)


BY_DIFFERENCES = (
    "np.bincount np.convolve np.correlate np.cross np.diff np.ediff1d np.gradient np.interp "
    "np.kron np.median np.nanmean np.nansum np.percentile np.polyval np.ptp np.quantile np.vander "
    "np.linalg.eigh np.linalg.lstsq np.linalg.matrix_power "
    "np.linalg.multi_dot np.linalg.pinv np.linalg.qr np.linalg.slogdet np.linalg.svd "
    "math.copysign math.dist math.gamma math.lgamma"
)
OPAQUE = [opaque(resolved(path), path) for path in BY_DIFFERENCES.split() if resolved(path)]
ROWS = [*ELEMENTWISE, *STRUCTURAL, *CONTRACTIONS, *REDUCTIONS, *FORMULAS, *FLAT, *OPAQUE]
TABLE: dict[str, Operation] = {row.name: row for row in ROWS}
FUNCTIONS: dict[Any, Operation] = {}  # each computes its value by that function
METHODS: dict[str, Operation] = {}
OPERATORS: dict[str, Operation] = {}
LATER: dict[str, Operation] = {}  # spellings in packages that this one never imports
for _row in ROWS:
    for _path in _row.spelled:
        _f = resolved(_path)
        if _path.startswith("."):
            _is_numpy = hasattr(np.ndarray, _path[1:])  # to_numpy is of a table that is no array
            METHODS[_path[1:]] = spelled_as(_row, methodic(_path[1:])) if _is_numpy else _row
        elif _path in SIGNS:
            OPERATORS[_path] = FUNCTIONS[_f] = spelled_as(_row, _f)
        elif _path.startswith(("scipy.", "jax.")):
            LATER[_path] = _row
        elif _f is not None:
            _preset = {"axis": 0} if _path.endswith((".reduce", ".accumulate")) else {}
            _pure = _row.f if _path.endswith((".at", "empty_like")) else _f
            FUNCTIONS[key(_f)] = spelled_as(_row, _pure, **_preset)


def of_function(f: Any) -> Operation | None:
    """Return the row of a function, which computes its value by that function; None if it has none.

    >>> import math
    >>> of_function(math.exp)
    <operation exp>
    """
    if isinstance(own := getattr(f, "row", None), Operation):
        return own
    try:
        row = FUNCTIONS.get(key(f))
    except TypeError:  # not hashable
        return None
    if row is not None:
        return row
    name = getattr(f, "__name__", "")
    if isinstance(f, type(np.ndarray.sum)) and getattr(np.ndarray, name, None) is f:
        return METHODS.get(name)
    path = f"scipy.special.{name}"
    if path in LATER and resolved(path) is f:
        FUNCTIONS[f] = spelled_as(LATER[path], f)
        return FUNCTIONS[f]
    return None


def of_method(name: str) -> Operation | None:
    """Return the row of a method of arrays and numbers: "sum", "reshape", "T"."""
    return METHODS.get(name)


def of_operator(sign: str) -> Operation:
    """Return the row of an operator: "+", "@", "<", "neg", "[]", "[]="."""
    return OPERATORS[sign]


def of_spelling(path: str) -> Operation | None:
    """Return the row of a spelling, which computes its value by that spelling; None if not found.

    >>> of_spelling("math.exp"), of_spelling(".sum"), of_spelling("+")
    (<operation exp>, <operation sum>, <operation add>)
    """
    if path.startswith("."):
        return METHODS.get(path[1:])
    if path in LATER:
        return of_function(resolved(path)) or LATER[path]
    return OPERATORS.get(path) or of_function(resolved(path))
