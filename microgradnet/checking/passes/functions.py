"""Check the rule of a torch.autograd.Function or of a jax.custom_vjp against its own forward pass.

The rule itself is never the truth: the forward pass is recorded, and its recording differentiated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from microgradnet.checking.finding import vocabulary
from microgradnet.checking.passes.both_calls import Passes
from microgradnet.checking.passes.given import like, loss_of, recorded_of
from microgradnet.checking.passes.pairing import Number, Pairs
from microgradnet.tape import of_jax, table, tensors
from microgradnet.tape.entry import Place, mapped
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.recording import Subject
from microgradnet.tape.tensors import Context
from microgradnet.words import say

Pair = tuple[Callable[..., Any], Callable[..., Any]]


def of_library(rule: Any, example: Sequence[Any]) -> OfLibrary | None:
    """Return the passes of a Function of torch or a custom_vjp of JAX; None for anything else.

    Where no input is an array, tuples of whole numbers are the shapes of arrays.
    """
    torch, jax = tensors.torch(), of_jax.jax()
    if torch is not None and isinstance(rule, type) and issubclass(rule, torch.autograd.Function):
        return FunctionPasses(rule, drawn(example))
    if jax is not None and isinstance(rule, jax.custom_vjp):
        with of_jax.in_x64():
            return RulePasses(rule, drawn(example))
    return None


def surrounding(passes: Passes) -> AbstractContextManager[None]:
    """Return the context in which passes run: float64 for those of a library."""
    return type(passes).context_of_run() if isinstance(passes, OfLibrary) else nullcontext()


def drawn(example: Sequence[Any]) -> list[Any]:
    """Return an example with random arrays for shapes, and for arrays of one repeated number."""
    rng = np.random.default_rng(11)
    arrays = [mapped(x, _array) for x in example]
    given = [x for x in arrays if isinstance(x, np.ndarray)]
    made = []
    for x in arrays:
        if not given and type(x) is tuple and x and all(type(n) is int for n in x):
            x = rng.normal(size=x)
        elif isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.size > 1 and not np.ptp(x):
            x = rng.normal(size=x.shape)
        made.append(x)
    return made


def _array(x: Any) -> Any:
    """Return a tensor or an array of JAX as an array, floats as float64; other values unchanged."""
    x = x.detach().cpu().double() if hasattr(x, "is_leaf") and x.is_floating_point() else x
    made = np.asarray(x) if hasattr(x, "__array__") else x
    is_float = isinstance(made, np.ndarray) and made.dtype.kind == "f"
    return made.astype(float) if is_float else made


class OfLibrary(Passes):
    """The passes of a rule of a library. rule: the Function or custom_vjp.

    context_of_run: makes the context in which the passes run, of float64.
    """

    context_of_run: ClassVar[Callable[[], AbstractContextManager[None]]]

    def __init__(self, rule: Any, forward: Any, backward: Any, example: Sequence[Any]) -> None:
        self.rule = rule
        super().__init__(forward, backward, example)

    def again(self, example: Sequence[Any]) -> Passes:
        """Return the same passes with another example."""
        made: Passes = type(self)(self.rule, example)  # type: ignore[call-arg]
        made.is_own = False
        return made

    def paired(self, several: Sequence[tuple[Number, Number]]) -> list[tuple[Number, Number]]:
        """Return the pairs; without those whose None only says that no gradient is wanted."""
        kept = []
        for r, a in several:
            is_wanted = vocabulary.is_weight(a.name) or vocabulary.is_input(a.name)
            if is_wanted or not (r.value is None or _is_zeros(r.text)):
                kept.append((r, a))
            elif r.value is None:
                self.seen.notes.append(say("no gradient by {name}: None is returned", name=a.name))
            else:
                self.seen.notes.append(
                    say("no gradient by {name}: zeros are returned", name=a.name)
                )
        return kept


class FunctionPasses(OfLibrary):
    """The passes of a subclass of torch.autograd.Function."""

    context_of_run = tensors.in_float64

    def __init__(self, rule: Any, example: Sequence[Any]) -> None:
        self.is_split = rule.setup_context is not tensors.torch().autograd.Function.setup_context
        self.ctx, self.inputs = Context(), list[Any]()
        super().__init__(rule, rule.forward, rule.backward, example)

    def context(self) -> list[Any]:
        """Return the context that the forward pass takes first; [] if setup_context takes it."""
        return [] if self.is_split else [Context()]

    def run_forward(self) -> None:
        """Run the forward pass alone, as written; raises any error of the code."""
        known = tensors.Tensors()
        self.rule.forward(*[mapped(x, known.tensor) for x in self.bound.args])

    def recorded(self, recorder: Recorder, names: dict[str, Any], owner: Any) -> Pair:
        """Return the recorded versions of the two passes, which take and return arrays."""
        known = recorder.tape.tensors
        own, own_backward = (recorded_of(f, names, None) for f in (self.forward, self.backward))

        def forward(*args: Any, **kw: Any) -> Any:
            self.ctx = Context() if self.is_split else args[0]
            self.inputs = list(args if self.is_split else args[1:])
            given = [mapped(x, known.tensor) for x in self.inputs]
            self.ctx.needs_input_grad = tuple([_is_float(x) for x in given])
            out = own(*given, **kw) if self.is_split else own(self.ctx, *given, **kw)
            if self.is_split:
                recorded_of(self.rule.setup_context, names, None)(self.ctx, tuple(given), out)
            return known.array(out)

        def backward(*upstream: Any) -> Any:
            returned = known.array(own_backward(self.ctx, *map(known.tensor, upstream)))
            return self.reduced(recorder, returned)

        return forward, backward

    def fed(self, out: Any, arguments: dict[str, Any]) -> tuple[list[Any], list[Any], list[Any]]:
        outs, rng = list(out) if isinstance(out, tuple) else [out], np.random.default_rng(5)
        above = [np.asarray(like(x, rng)) if isinstance(x, np.ndarray) else None for x in outs]
        flat = [id(self.tape.tensors.array(x)) for x in self.ctx.flat]
        above = [np.zeros_like(d) if id(x) in flat else d for x, d in zip(outs, above)]
        kept = [k for k, d in enumerate(above) if d is not None]
        return [outs[k] for k in kept], above, [above[k] for k in kept]

    def reduced(self, recorder: Recorder, returned: Any) -> Any:
        """Return gradients as torch takes them: summed over the axes along which it broadcasts."""
        several = list(returned) if isinstance(returned, tuple) else [returned]
        for k, (g, x) in enumerate(zip(several, self.inputs)):
            if isinstance(g, np.ndarray) and isinstance(x, np.ndarray) and g.shape != x.shape:
                several[k] = _summed(recorder, g, x.shape)
        return tuple(several) if isinstance(returned, tuple) else several[0]

    def pairs(self) -> Pairs:
        """Return the pairs of returned gradients and inputs, by position."""
        by = {id(n.value): n for n in self.seen.given}
        inputs = [by.get(id(x)) for x in self.inputs]
        returned = [n for n in self.seen.returned if len(n.path) == 2]
        several = [(r, a) for r, a in zip(returned, inputs) if a is not None and a.is_array]
        made = Pairs(self.paired(several))
        if len(returned) < len(inputs) or any(r.value is not None for r in returned[len(inputs) :]):
            words = "{n} gradients are returned for {inputs} inputs: torch takes one for each"
            made.faults.append(say(words, n=len(returned), inputs=len(inputs)))
        return made


def _is_zeros(text: str) -> bool:
    """Whether a returned expression only makes zeros, as JAX wants for a constant."""
    return re.match(r"(\w+\.)*zeros(_like)?\(", text) is not None


def _is_float(x: Any) -> bool:
    return tensors.is_tensor(x) and x.is_floating_point()


def _summed(recorder: Recorder, g: Any, shape: tuple[int, ...]) -> Any:
    """Return a gradient summed to the shape of its input, recorded; unchanged if it cannot be."""
    tape = recorder.tape
    more = g.ndim - len(shape)
    if more < 0 or any(m not in (1, n) for m, n in zip(shape, g.shape[more:])):
        return g
    place = tape.entries[tape.entry_of(g, tape.places[0])].place
    one = [a + more for a, m in enumerate(shape) if m == 1 and g.shape[a + more] > 1]
    kw = {"axis": (*range(more), *one), "keepdims": True}
    total = g.sum(**kw)
    args = (tape.operand(g, place),)
    tape.note(table.TABLE["sum"], args, kw, total, place)
    made = total.reshape(shape)
    tape.note(table.TABLE["reshape"], (tape.operand(total, place), shape), {}, made, place)
    return made


class RulePasses(OfLibrary):
    """The passes of a function with jax.custom_vjp: itself, its forward rule, its backward rule.

    What is differentiated is the function; the forward rule only gives the residuals.
    """

    context_of_run = of_jax.in_x64

    def __init__(self, rule: Any, example: Sequence[Any]) -> None:
        if rule.fwd is None or rule.bwd is None:
            name = getattr(rule, "__name__", "f")
            raise TypeError(say("{name} has no rule yet: call {name}.defvjp(fwd, bwd)", name=name))
        self.other = self.residuals = None
        self.nondiff = list(rule.nondiff_argnums or ())
        super().__init__(rule, rule.fun, rule.bwd, [of_jax.immutable(x) for x in example])

    def functions(self) -> list[Any]:
        """Return the functions that are recorded."""
        return [self.forward, self.rule.fwd, self.backward]

    def subject(self) -> Subject:
        """Return the subject of the recording, in which NumPy stands for JAX."""
        made = super().subject()
        return replace(made, names={k: of_jax.lent(x) for k, x in made.names.items()})

    def run_forward(self) -> None:
        """Run the forward pass on shapes alone; raises any error of the code."""
        self.on_shapes(self.forward)

    def on_shapes(self, f: Callable[..., Any]) -> Any:
        """Return the shapes that a function of the arguments returns, without computing them."""
        known = [np.asarray(x) if isinstance(x, np.ndarray) else x for x in self.bound.args]
        k = [i for i, x in enumerate(known) if isinstance(x, np.ndarray)]

        def of_arrays(*several: Any) -> Any:
            new = dict(zip(k, several))
            return f(*[new.get(i, x) for i, x in enumerate(known)])

        return of_jax.jax().eval_shape(of_arrays, *[known[i] for i in k])

    def recorded(self, recorder: Recorder, names: dict[str, Any], owner: Any) -> Pair:
        """Return the recorded versions of the function, with its fwd behind it, and of its bwd."""
        own, fwd, bwd = (recorded_of(f, names, None) for f in self.functions())

        def forward(*args: Any, **kw: Any) -> Any:
            out = own(*args, **kw)
            self.other, self.residuals = fwd(*args, **kw)
            return out

        return forward, bwd

    def compared(self, recorder: Recorder, place: Place, above: Sequence[Any]) -> None:
        """Note the loss of the forward rule, whose output has to be that of the function."""
        self.seen.twin = loss_of(recorder, place, [self.other], above)

    def fed(self, out: Any, arguments: dict[str, Any]) -> tuple[list[Any], list[Any], list[Any]]:
        above = of_jax.immutable(like(out, np.random.default_rng(5)))
        several = list(arguments.values())
        return [out], [*(several[n] for n in self.nondiff), self.residuals, above], [above]

    def pairs(self) -> Pairs:
        """Return the pairs of returned gradients and arguments, by position."""
        names = [n for k, n in enumerate(self.bound.arguments) if k not in self.nondiff]
        by = {n.path: n for n in self.seen.given}
        several, count = list[tuple[Number, Number]](), set[str]()
        for r in self.seen.returned:
            k = int(r.path[1][1:-1]) if r.path[1:] and r.path[1][1:-1].isdigit() else len(names)
            count.add(r.path[1] if r.path[1:] else "")
            a = by.get((names[k], *r.path[2:])) if k < len(names) else None
            if a is not None and a.is_float:
                several.append((r, a))
        made = Pairs(self.paired(several))
        if len(count) != len(names):
            words = "{n} gradients are returned for {inputs} arguments: JAX takes one for each"
            made.faults.append(say(words, n=len(count), inputs=len(names)))
        return made
