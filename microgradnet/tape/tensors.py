"""Tensors of torch, and np.matrix, on the tape: as NumPy arrays of the same memory.

The code runs on its tensors. An operator or an index has its row of the table, as with arrays; any
other function is called again by a replay, and differentiated by `torch.autograd.grad` alone.

A matrix keeps two axes where an array loses one, as in a row or a sum: such a result is recorded
as that of the array, and then in its own shape.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import numpy as np

from microgradnet.tape.entry import mapped
from microgradnet.tape.rules.rows import Operation

Array = np.ndarray[Any, Any]
RECORDED = ContextVar("RECORDED", default=False)  # else a tensor is an object like any other
KINDS = {"float": "double", "half": "double", "bfloat16": "double", "cuda": "cpu"}  # methods
KINDS |= {"from_numpy": "as_tensor", "tensor": "as_tensor"}
KINDS |= {"empty": "zeros", "empty_like": "zeros_like", "new_empty": "new_zeros"}
# Methods that return the same numbers, with another history or in other memory; their row.
SAME = dict.fromkeys(("detach", "cpu", "requires_grad_", "contiguous", "numpy"), "same")
SAME |= {"double": "astype", "clone": "copy"}
DRAWING = ("bernoulli", "multinomial", "dropout", "alpha_dropout", "normal", "poisson")


def torch() -> Any:
    """Return the torch module if the person's code imported it; None otherwise."""
    return sys.modules.get("torch")


def is_tensor(x: object) -> bool:
    """Whether a value is a tensor of a run that records tensors; see `in_float64`."""
    return RECORDED.get() and isinstance(x, torch().Tensor)


def is_array(x: object) -> bool:
    """Whether a value is an array or a tensor."""
    return isinstance(x, np.ndarray) or is_tensor(x)


def array_of(x: Any) -> Any:
    """Return a tensor as an array, which shares its memory if it can; other values unchanged."""
    if type(x) is np.matrix:
        return x.view(np.ndarray)
    if not is_tensor(x):
        return x
    t = x.detach().cpu().resolve_conj().resolve_neg()
    return (t.double() if t.dtype in (torch().bfloat16, torch().float16) else t).numpy()


def wide(x: Any) -> Any:
    """Return float64 for a smaller type of floats, the processor for another device."""
    if isinstance(x, torch().dtype) and x.is_floating_point:
        return torch().float64
    is_device = isinstance(x, torch().device) or (isinstance(x, str) and x.startswith("cuda"))
    return "cpu" if is_device else x


def is_drawn(f: Any) -> bool:
    """Whether a function of torch draws random numbers."""
    if not RECORDED.get():
        return False
    name = getattr(f, "__name__", "").removesuffix("_")
    of = (getattr(f, "__module__", None) or "torch").partition(".")[0]
    return of == "torch" and (name.startswith("rand") or name in DRAWING)


class Tensors:
    """The array of each tensor of a run; views of one memory are views of one array."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, Array]] = {}
        self._whole: dict[tuple[int, Any], Array] = {}
        self._matrices: dict[int, tuple[Any, Array]] = {}  # np.matrix, as arrays of two axes

    @property
    def is_used(self) -> bool:
        """Whether the run met a tensor."""
        return bool(self._known)

    def array(self, x: Any) -> Any:
        """Return the array of a tensor, or of each tensor in a tuple or list; others unchanged."""
        if isinstance(x, (tuple, list)):
            return tuple([self.array(v) for v in x]) if any(map(is_tensor, x)) else x
        if type(x) is np.matrix:
            return self._matrices.setdefault(id(x), (x, array_of(x)))[1]
        if not is_tensor(x):
            return x
        if id(x) not in self._known:
            self._known[id(x)] = x, self._of(x.detach())
        return self._known[id(x)][1]

    def tensor(self, x: Any) -> Any:
        """Return a tensor on the memory of an array of float64 or integers; others unchanged."""
        if not isinstance(x, (np.ndarray, np.generic)):
            return x
        made = torch().from_numpy(x if isinstance(x, np.ndarray) else np.array(x))
        if isinstance(x, np.ndarray):
            self._known[id(made)] = made, x
            self._whole.setdefault((made.data_ptr(), made.dtype), x)
        return made

    def _of(self, t: Any) -> Array:
        plain: Array = array_of(t)
        key = t.untyped_storage().data_ptr(), t.dtype
        if plain.__array_interface__["data"][0] != t.data_ptr() or not t.numel():
            return plain
        if key not in self._whole:
            is_whole = t.is_contiguous() and plain.nbytes == t.untyped_storage().nbytes()
            every = torch().empty(0, dtype=t.dtype).set_(t.untyped_storage())
            self._whole[key] = plain if is_whole else every.numpy()
            if is_whole:
                return plain
        base, size = self._whole[key], t.element_size()
        steps = [n * size for n in t.stride()]
        return np.ndarray(tuple(t.shape), base.dtype, base, t.storage_offset() * size, steps)


class Context:
    """The ctx in which a forward pass keeps tensors, and anything else, for its backward pass."""

    needs_input_grad: tuple[bool, ...] = ()
    saved_tensors = saved_variables = tuple[Any, ...]()  # the latter is its old name
    flat: tuple[Any, ...] = ()  # outputs without a gradient

    def save_for_backward(self, *several: Any) -> None:
        """Keep values."""
        self.saved_tensors = self.saved_variables = several

    def mark_non_differentiable(self, *several: Any) -> None:
        """Name the outputs that have no gradient."""
        self.flat = several

    def _ignored(self, *several: Any) -> None:
        pass

    mark_dirty = set_materialize_grads = save_for_forward = _ignored


def applied(f: Any) -> Callable[..., Any] | None:
    """Return the forward pass of a Function for its method `apply`; None for anything else.

    What autograd would make of `apply` is the rule of the Function, which is not the truth.
    """
    rule = getattr(f, "__self__", None)
    if not RECORDED.get() or getattr(f, "__name__", "") != "apply" or not isinstance(rule, type):
        return None
    base = torch().autograd.Function
    if not issubclass(rule, base):
        return None
    forward: Callable[..., Any] = rule.forward  # type: ignore[attr-defined]
    if rule.setup_context is not base.setup_context:  # type: ignore[attr-defined]
        return forward
    return functools.partial(forward, Context())


class OfTorch(Operation):
    """A function of torch. tensors: for each leaf of its operands, whether it is a tensor."""

    def __init__(self, f: Callable[..., Any], args: Any, kw: Any, own: Operation | None) -> None:
        super().__init__(f"torch.{getattr(f, '__name__', 'function')}", self.value, "")
        self.torch, self.own = f, own
        self.tensors: list[bool] = []
        mapped((tuple(args), kw), lambda x: self.tensors.append(is_array(x)))

    def made(self, args: Any, kw: Any, to: Callable[[Any], Any]) -> Any:
        """Return the operands, with `to` applied to those that are tensors."""
        flags = iter(self.tensors)
        return mapped((tuple(args), kw), lambda x: to(x) if next(flags) else wide(x))

    def value(self, *args: Any, **kw: Any) -> Any:
        """Return the result of the function for arrays, as arrays."""
        tensors, named = self.made(args, kw, lambda x: torch().tensor(np.asarray(x)))
        try:
            with torch().no_grad():
                out = self.torch(*tensors, **named)
        except RuntimeError as error:  # torch's error for operands that do not fit
            raise ValueError(str(error)) from error
        return tuple(map(array_of, out)) if isinstance(out, (tuple, list)) else array_of(out)

    def pulled(self, g: Any, out: Any, args: Any, kw: Any) -> tuple[Any, Any]:
        """Return the gradients of the operands by torch's autograd of this one operation."""
        if self.own is not None:
            return self.own.pulled(g, out, args, kw)
        inputs: list[Any] = []

        def to(x: Any) -> Any:
            made = torch().tensor(np.asarray(x))
            inputs.append(made.requires_grad_() if made.is_floating_point() else made)
            return made

        with torch().enable_grad():
            tensors, named = self.made(args, kw, to)
            try:
                found = self.torch(*tensors, **named)
            except RuntimeError as error:  # it takes no tensor with a history
                raise NotImplementedError from error
            several = isinstance(found, (tuple, list))
            outs, upstream = (list(found), list(g)) if several else ([found], [g])
            pairs = [(o, u) for o, u in zip(outs, upstream) if u is not None and is_tensor(o)]
            felt = [(o, u) for o, u in pairs if o.requires_grad]
            by = [x for x in inputs if x.requires_grad]
            pulled = iter(_pulled(felt, by) if felt else [None] * len(by))
        flat = iter([array_of(next(pulled)) if x.requires_grad else None for x in inputs])
        flags = iter(self.tensors)
        back, kwback = mapped((tuple(args), kw), lambda x: next(flat) if next(flags) else None)
        return list(back), kwback


def _pulled(felt: list[tuple[Any, Any]], by: list[Any]) -> Any:
    upstream = [torch().tensor(np.broadcast_to(u, tuple(o.shape)).copy()) for o, u in felt]
    # A number: no upstream to check.
    total = sum((o * u).sum() for (o, _), u in zip(felt, upstream))
    try:
        return torch().autograd.grad(total, by, allow_unused=True)
    except RuntimeError as error:  # torch has no derivative of it
        raise NotImplementedError from error


def is_of_torch(f: Any) -> bool:
    """Whether a function is one of torch, in a run that records tensors."""
    return RECORDED.get() and (getattr(f, "__module__", None) or "").partition(".")[0] == "torch"


def row_of(
    f: Callable[..., Any], args: Any, kw: Any, out: Any = None, own: Operation | None = None
) -> OfTorch | None:
    """Return the row of a call with tensors; None for a call without any.

    own: a row that a person added for the function, with its derivative.
    """
    several = [*args, *kw.values(), *(out if isinstance(out, (tuple, list)) else (out,))]
    flat = [x for v in several for x in (v if isinstance(v, (tuple, list)) else (v,))]
    return OfTorch(f, args, kw, own) if any(map(is_tensor, flat)) else None


def method(name: str) -> Callable[..., Any]:
    """Return a function that calls a method of a tensor; one that writes works on a copy."""

    def call(a: Any, *args: Any, **kw: Any) -> Any:
        if not name.endswith("_"):
            return getattr(a, name)(*args, **kw)
        made = a.clone()
        getattr(made, name)(*args, **kw)
        return made

    call.__name__ = name
    return call


@contextlib.contextmanager
def in_float64() -> Iterator[None]:
    """Record tensors. Let torch make float64, keep no history, and draw the same numbers again."""
    t, token = torch(), RECORDED.set(True)
    before, drawn, threads = t.get_default_dtype(), t.get_rng_state(), t.get_num_threads()
    t.set_default_dtype(t.float64)
    t.set_num_threads(1)  # several wait for each other longer than such small arrays take
    try:
        with t.no_grad():
            yield
    finally:
        RECORDED.reset(token)
        t.set_default_dtype(before)
        t.set_num_threads(threads)
        t.set_rng_state(drawn)


# np.matrix

MATRICES = (np.matrix, np.asmatrix, np.bmat)
OF_MATRICES = {"mat", "matrix", "asmatrix", "bmat"}  # by which code calls these
TWO_AXES = "two_axes"  # the row of a result in its own shape
MATRIX_PARTS = {"A": "same", "A1": "ravel", "I": "inv"}  # attributes, and their rows


def multiplies(sign: str, a: Any, b: Any) -> bool:
    """Whether an operator is a matrix product, as `*` is for np.matrix."""
    is_of_matrix = np.matrix in (type(a), type(b))
    return sign == "*" and is_of_matrix and bool(np.ndim(a)) and bool(np.ndim(b))


def is_part(a: object, name: str) -> bool:
    """Whether an attribute of np.matrix computes something, or gives its numbers otherwise."""
    return type(a) is np.matrix and name in MATRIX_PARTS
