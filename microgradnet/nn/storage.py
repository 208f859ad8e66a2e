"""Nets in files: JSON with sizes, activations and every number to the last bit."""

from __future__ import annotations

import itertools
import json
import math
import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypedDict, TypeVar, cast, overload

from microgradnet.autograd.labels import Name, is_frozen, set_frozen
from microgradnet.autograd.value import Value
from microgradnet.nn.layers import MLP, Layer, Neuron, layers_of, name_neurons
from microgradnet.nn.module import Module
from microgradnet.operations.arguments import whole_number
from microgradnet.operations.files import write_whole

__all__ = ["load", "save"]

M = TypeVar("M", bound=Module)
T = TypeVar("T")

FORMAT = "microgradnet net 1"
KINDS: dict[str, type[Module]] = {kind.__name__: kind for kind in (MLP, Layer, Neuron)}
KEYS = ("format", "kind", "inputs", "layers", "parameters", "frozen")


class LayerContent(TypedDict):
    """A layer in a file."""

    neurons: list[str]
    activation: str | Callable[[Value], Value]  # a function, without a name, is refused


class Shape(TypedDict):
    """The structure of a net in a file: kind, inputs, and neurons and activation by layer."""

    kind: str
    inputs: int
    layers: list[LayerContent]


class Content(Shape):
    """The whole content of a file, except for the checksum."""

    format: str
    parameters: dict[str, float]
    frozen: list[str]


def save(net: Module, path: str | os.PathLike[str]) -> Path:
    """Write a net to a file that `load` reads, and return its path.

    net: an MLP, a Layer or a Neuron. The file is JSON: sizes, activations, each parameter's name
    and number to the last bit, the names of the frozen ones, and a checksum that detects damage
    (leave it out of a file written by hand). The file is written whole or not at all: a failure
    leaves it as it was. A link stays a link, a file keeps its mode, and a special file (/dev/null)
    is written to.

    Raises ValueError for an activation without a name and for a parameter that is inf or nan,
    TypeError for any other net: `json.dump` its `state_dict()`.

    >>> import tempfile
    >>> net = MLP(2, [2, 1])
    >>> path = save(net, Path(tempfile.mkdtemp(), "net.json"))
    >>> load(path).state_dict() == net.state_dict()
    True
    """
    content = _content(net)
    signed = {**content, "checksum": _checksum(content)}
    text = json.dumps(signed, indent=1, allow_nan=False) + "\n"
    return write_whole(path, text.encode())


@overload
def load(path: str | os.PathLike[str], net: None = None) -> Any: ...
@overload
def load(path: str | os.PathLike[str], net: M) -> M: ...
def load(path: str | os.PathLike[str], net: Module | None = None) -> Any:
    """Return the net in a file that `save` wrote, or load its numbers into a given net.

    net: of the kind, sizes, activations and names of the one in the file. Raises ValueError,
    with the reason, for a file that is damaged, is not a net, or does not fit; the given net is
    then unchanged. Raises OSError where the file cannot be read.

    >>> load(__file__, MLP(2, [2, 1]))
    Traceback (most recent call last):
    ValueError: storage.py was not loaded: it is no JSON, or damaged (...)
    """
    text = Path(path).read_bytes()
    try:
        content = _checked(json.loads(text, parse_constant=_refuse_constant))
        made = _built(content)
        if net is None:
            net = made
        elif _shape(net) != _shape(made):
            raise ValueError(f"it holds {made!r}, which does not fit into {net!r}")
        net.load_state_dict(content["parameters"])
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        says = f"it is no JSON, or damaged ({error})"
        raise ValueError(f"{os.fspath(path)} was not loaded: {says}") from None
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{os.fspath(path)} was not loaded: {error}") from None
    for name, p in net.named_parameters():
        set_frozen(p, frozen=name in content["frozen"])
    return net


def _refuse_constant(name: str) -> None:
    raise ValueError(f"it holds {name}, which no parameter can be")


def _shape(net: Module) -> Shape:
    if type(net) not in KINDS.values():
        raise TypeError(f"save and load take an MLP, a Layer or a Neuron, not {net!r}")
    layers = layers_of(net)
    return {
        "kind": type(net).__name__,
        "inputs": len(layers[0][0].weights),
        "layers": [
            {"neurons": [str(n.name) for n in neurons], "activation": neurons[0].activation}
            for neurons in layers
        ],
    }


def _content(net: Module) -> Content:
    shape = _shape(net)
    for neurons in layers_of(net):
        activations = {neuron.activation for neuron in neurons}
        if len(activations) > 1 or not isinstance(neurons[0].activation, str):
            raise ValueError(
                f"{neurons[0]!r}: a saved layer has one activation, with a name (mg.op gives one "
                f"to a function), not {', '.join(map(repr, activations))}"
            )
    for name, number in net.state_dict().items():
        if not math.isfinite(number):
            raise ValueError(f"{name} is {number}: such a net is not saved")
    frozen = [name for name, p in net.named_parameters() if is_frozen(p)]
    return {"format": FORMAT, **shape, "parameters": net.state_dict(), "frozen": frozen}


def _checked(content: object) -> Content:
    """Return the content of a file, if it is as `save` writes it."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"it is not a {FORMAT!r}")
    missing = [name for name in KEYS if name not in content]
    foreign = [name for name in content if name not in (*KEYS, "checksum")]
    if missing or foreign:
        raise ValueError(f"it is damaged: without {missing}, with {foreign}")
    if "checksum" in content and content["checksum"] != _checksum(content):
        raise ValueError("it is damaged: its checksum does not fit (edited by hand? take it out)")
    sizes = [whole_number("inputs", content["inputs"])]
    for layer in _all(list, content["layers"]):
        if _all(dict, layer).keys() != {"neurons", "activation"}:
            raise ValueError(f"a layer has neurons and an activation, not {layer}")
        names = [_all(str, name) for name in _all(list, layer["neurons"])]
        sizes.append(whole_number("the count of neurons", len(names)))
        _all(str, layer["activation"])
    n = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    if len(_all(dict, content["parameters"])) != n:
        raise ValueError(f"it has {len(content['parameters'])} parameters, but its sizes say {n}")
    if any(type(x) not in (int, float) for x in content["parameters"].values()):
        raise ValueError("a parameter is not a number")
    if not {_all(str, name) for name in _all(list, content["frozen"])} <= {*content["parameters"]}:
        raise ValueError("a frozen name is not among the parameters")
    return cast(Content, content)


def _all(kind: type[T], x: object) -> T:
    if type(x) is not kind:
        raise ValueError(f"it has {x!r} where a {kind.__name__} belongs")
    return x


def _built(content: Content) -> Module:
    kind, described = content["kind"], content["layers"]
    sizes = [content["inputs"], *(len(layer["neurons"]) for layer in described)]
    layers = [
        Layer(a, b, activation=layer["activation"])
        for (a, b), layer in zip(itertools.pairwise(sizes), described)
    ]
    if kind not in KINDS or (kind != "MLP" and len(layers) > 1):
        raise ValueError(f"{kind!r} of {len(layers)} layers is no net")
    net: Module = MLP.from_layers(layers)
    names = [name for layer in described for name in layer["neurons"]]
    name_neurons([neuron for layer in layers for neuron in layer.neurons], names)
    for p, name in zip(net.parameters(), content["parameters"]):
        p.label = Name(name, p.label.group, p.label.role)  # type: ignore[attr-defined]
    if kind == "MLP":
        return net
    if kind == "Neuron" and sizes[1] > 1:
        raise ValueError(f"one neuron, but {sizes[1]} names")
    return layers[0] if kind == "Layer" else layers[0].neurons[0]


def _checksum(content: Mapping[str, object]) -> int:
    held = {name: content[name] for name in KEYS}
    return zlib.crc32(json.dumps(held, sort_keys=True).encode())
