"""The first step of a training loop: where its parameters live, and when it is over."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.checking.binding import (
    Bindings,
    constants,
    derivatives,
    is_number,
    pairs,
    subscripts,
)
from microgradnet.checking.claims import plainest
from microgradnet.checking.names import parts, plain
from microgradnet.checking.points import Shape
from microgradnet.checking.runs import flat
from microgradnet.checking.samples import attributes
from microgradnet.tracing.replacing import Namespace
from microgradnet.tracing.running import run
from microgradnet.tracing.stepping import Over
from microgradnet.words import listed, say, sentence

__all__ = ["FirstStep", "FunctionState", "ObjectState"]

State = Mapping[str, Any]
Tell = Callable[[State], State]  # the parameters now, from the local names
Prepared = tuple[Callable[..., object], Namespace, Tell]


class _State:
    """Where parameters live: `shapes` by name; of those `local` that start in the code as numbers.

    data: the names of the arguments that take the rows and the targets; named: numbers with names.
    """

    shapes: dict[str, Shape]
    local: Sequence[str] = ()
    named: Sequence[float] = ()

    def __init__(self, function: FunctionType) -> None:
        self.function, self.data = function, data_names(function)

    def inside(self, parameters: State) -> State:
        """Return the Values for names that start inside the code as numbers."""
        return {name: x for name, x in parameters.items() if name in self.local}

    def given(self, parameters: State, bound: Bindings) -> Namespace:
        """Return the parameters that the code was given."""
        return {k: x for k, x in parameters.items() if k not in self.local} | bound.given

    def predicting(self, parameters: State, names: Sequence[str]) -> Iterator[MethodType]:
        """Yield what may predict: nothing, where a function is only its loop."""
        return iter(())


class ObjectState(_State):
    """Parameters that are attributes of an object, which stays as it is: copies are trained."""

    def __init__(self, net: object, method: str) -> None:
        self.net, self.method = made(net), method
        if type(self.net).__module__ == "builtins":
            words = "{net} is no object that trains: a class, or an object of it, does"
            raise TypeError(say(words, net=repr(net)))
        bound = getattr(self.net, method, None)
        function = written(bound) if bound else None
        self.kind = type(self.net).__name__
        if not inspect.isfunction(function):
            named = [name for name in dir(self.net) if not name.startswith("_")]
            words = "{kind} has no method {method!r}; it has {names}"
            raise TypeError(say(words, kind=self.kind, method=method, names=listed(named)))
        super().__init__(function)
        self.shapes = self._shapes()
        self.named = [float(x) for _, x in attributes(self.net) if is_number(x)]

    def _shapes(self) -> dict[str, Shape]:
        """Of the attributes that hold floats; of ints where a derivative is by them."""
        named = {b for _, b in pairs(self.function)}
        found: dict[str, Shape] = {}
        for name, x in attributes(self.net):
            if isinstance(x, (list, np.ndarray)) or is_number(x):
                array = np.array(x, dtype=object)
                floats = all(isinstance(v, (float, np.floating)) for v in array.flat)
                if (
                    array.size
                    and (floats or plain(name) in named)
                    and all(map(is_number, array.flat))
                ):
                    found[name] = array.shape
        if not found:
            words = "{kind} has no attributes that are floats: where are its parameters?"
            raise TypeError(say(words, kind=self.kind))
        return found

    def prepared(self, parameters: State) -> Prepared:
        """Return the method of a copy with these parameters, and what tells their state."""
        net = self._with(parameters)

        def state(local: State) -> State:
            now = {name: getattr(net, name) for name in self.shapes}
            return {name: x if isinstance(x, Value) else copy.copy(x) for name, x in now.items()}

        return MethodType(self.function, net), {}, state

    def _with(self, parameters: State) -> Any:
        try:
            net = copy.deepcopy(self.net)
        except TypeError:  # a lock, a file: what the step changes is copied all the same
            net = copy.copy(self.net)
            for name, x in vars(net).items():
                setattr(net, name, copy.copy(x) if isinstance(x, (list, dict, np.ndarray)) else x)
        for name, x in parameters.items():
            # a copy, since `self.W -= step` changes arrays in place
            own = x.tolist() if isinstance(getattr(self.net, name), list) else copy.copy(x)
            setattr(net, name, x if isinstance(x, Value) else own)
        return net

    def predicting(self, parameters: State, names: Sequence[str]) -> Iterator[MethodType]:
        """Yield the methods that may predict, those of a fresh copy."""
        spelled = {plainest(name): name for name in dir(self.net) if name != self.method}
        for name in names:
            if name in spelled:
                yield getattr(self._with(parameters), spelled[name])


NO_PARAMETERS = (
    "no parameters in {function}: after X and y it takes none that a derivative d_A_d_B is by, "
    "and none starts in it as a number"
)


class FunctionState(_State):
    """Parameters that are arguments of a function, or local names that start as numbers.

    known: the arguments it gets besides.
    """

    def __init__(self, train: Callable[..., object], known: Collection[str]) -> None:
        function = written(train)
        if not inspect.isfunction(function):
            words = "{function} is not written in Python: its code cannot be followed"
            raise TypeError(say(words, function=repr(train)))
        super().__init__(function)
        several = inspect.signature(train).parameters.values()
        arguments = [p for p in several if p.name not in self.data]
        named = {b for _, b in pairs(self.function)}
        needed = [p.name for p in arguments if p.default is p.empty or plain(p.name) in named]
        self.arguments = [name for name in needed if name not in known]
        lengths = subscripts(self.function)
        self.local = constants(self.function)
        self.shapes = dict.fromkeys(self.local, ())
        self.shapes |= {k: (lengths[k],) if k in lengths else () for k in self.arguments}
        if not self.shapes:
            raise TypeError(say(NO_PARAMETERS, function=self.function.__name__))

    def prepared(self, parameters: State) -> Prepared:
        """Return the function, these parameters as its arguments, and what tells their state."""
        given = {name: parameters[name] for name in self.arguments}
        arguments = {k: x if isinstance(x, Value) else copy.copy(x) for k, x in given.items()}

        def state(local: State) -> State:
            kinds = (Value, np.ndarray)  # W - rate * (W * x - y) is an array where y is one
            now = {**parameters, **local}
            return {k: now[k] for k in self.shapes if isinstance(now[k], kinds)}

        return self.function, arguments, state


DATA = (("X", "y"), ("X", "Y"), ("x", "y"), ("data", "all_y_trues"), ("inputs", "targets"))


def data_names(function: Callable[..., object]) -> tuple[str, str]:
    """The names of the arguments that take the rows and the targets: usual ones, or the first."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    usual = [pair for pair in DATA if set(pair) <= set(names)]
    if not usual and len(names) < 2:
        words = "{function} takes no rows and targets, but {names}"
        raise TypeError(say(words, function=function.__name__, names=str(names)))
    return usual[0] if usual else (names[0], names[1])


def written(function: Callable[..., object]) -> Callable[..., object]:
    """Return the function that a person wrote, below its decorators.

    Raises TypeError for a generator: its steps are made by whoever calls it.
    """
    found: Callable[..., object] = inspect.unwrap(getattr(function, "__func__", function))
    while inspect.isfunction(found) and not derivatives(found):
        cells = [cell.cell_contents for cell in found.__closure__ or ()]
        inside = [f for f in cells if inspect.isfunction(f)]
        if len(inside) != 1:
            break
        found = inspect.unwrap(inside[0])
    if inspect.isgeneratorfunction(found):
        words = "{name} is a generator: check what runs through it instead"
        raise TypeError(say(words, name=found.__name__))
    return found


class FirstStep:
    """Runs code as far as a step of training: parameters as it leaves them, and the names then.

    state: tells the parameters, from the local names of the function. The step is over where a run
    leaves its loop, or where parameters change and what derivatives are of was computed anew: with
    zeros a loop is not left by itself. What is left after the last change is a report of progress,
    which may fail on Values.
    """

    def __init__(self, state: Tell, function: FunctionType, leaves: Mapping[str, Value]) -> None:
        self.state, self.function = state, function
        self.bound = Bindings(function, leaves, self.changed)
        self.outputs = {a for a, _ in pairs(function)}
        self.last = state({})
        self.after: State | None = None
        self.locals: Namespace = {}
        self.at: dict[str, Namespace] = {}

    def run(self, train: Callable[..., object], options: Mapping[str, object]) -> None:
        """Run the code as far as that."""
        try:
            run(train, (), self.bound.trace, options=options)
        except Exception:
            if self.after is None:
                raise

    def changed(self, local: State) -> None:
        """Keep what there is where a parameter has changed; leave where that is a second step."""
        state = self.state(local)
        if not _same(state, self.last):
            if self.after is not None and not _same(self._of(local), self._of(self.locals)):
                raise Over
            self.after, self.locals, self.at = state, dict(local), dict(self.bound.at)
        self.last = state

    def _of(self, local: State) -> State:
        """What derivatives are of, by name."""
        return {name: x for name, x in local.items() if plain(name) in self.outputs}

    def result(self) -> tuple[State, State]:
        """Return the parameters after the step, and the local names there.

        Raises ValueError where none has changed.
        """
        if self.after is None:
            name = self.function.__name__
            raise ValueError(say("{name} has changed no parameter in its first round", name=name))
        names = {k: local for k, local in self.bound.names.items() if k != self.bound.main}
        others = [local for local in names.values() if any(any(parts(name)) for name in local)]
        return self.after, {k: x for local in [*others, self.locals] for k, x in local.items()}


def _same(x: State, y: State) -> bool:
    if x.keys() == y.keys() and all(x[k] is y[k] for k in x):
        return True
    one, other = flat(x), flat(y)
    return all(one[k] is other[k] for k in one.keys() & other.keys())


def made(net: object) -> object:
    """Return an object of a class; an object as it is. TypeError for a class that takes more."""
    if not inspect.isclass(net):
        return net
    try:
        return net()
    except TypeError as error:
        words = "make an object of {name} first: {error}"
        raise TypeError(say(words, name=net.__name__, error=sentence(error))) from None
