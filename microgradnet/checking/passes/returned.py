"""Note the values that a backward pass returned or kept, each as an entry of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from microgradnet.checking.passes import pairing
from microgradnet.checking.passes.given import texts_of
from microgradnet.checking.passes.pairing import Number, Path, is_object, walk
from microgradnet.tape import table
from microgradnet.tape.entry import Place, Ref
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.tape import is_numeric
from microgradnet.words import listed, say

if TYPE_CHECKING:
    from microgradnet.checking.passes.both_calls import Seen

Kept = tuple[Mapping[Path, tuple[int, Any]], set[int]]


def note_returned(
    seen: Seen, f: Any, recorder: Recorder, returned: Any, owner: Any, kept: Kept
) -> None:
    """Note the values that the backward pass f returned or kept, each as an entry of its own.

    kept: what the layer kept before, and its objects; those made by the passes keep no gradients.
    """
    before, whole = kept
    ends = [place for place, _ in recorder.tape.returns if place.function == f.__name__]
    seen.place = ends[-1] if ends else None
    texts = texts_of(seen.place)
    is_one = not isinstance(returned, (tuple, list, dict))
    if not (is_one and returned is None):
        root = ("returned", "[0]") if is_one else ("returned",)
        seen.returned = list(walk(returned, root))
    for k, n in enumerate(seen.returned):
        n.text = texts[k] if len(texts) == len(seen.returned) else ""
        _own(recorder, n, seen.place, seen.loss or 0)
    paths = [p.path for several in seen.held for p in several]
    for n in floats_in(owner):
        if any(is_object(x) and id(x) not in whole for x in n.inside):
            continue
        old = before.get(n.path)
        is_new = old is None or old[0] != id(n.value) or not np.array_equal(old[1], n.value)
        if is_new or pairing.is_place_of_gradient(n.path, paths):
            n.text = n.name
            _own(recorder, n, seen.place, seen.loss or 0)
            seen.slots.append(n)
    for several in seen.held:
        _add_up(seen, recorder, several)


def _add_up(seen: Seen, recorder: Recorder, parameter: Sequence[Number]) -> None:
    """Put the sum of the gradients that layers keep of a shared parameter for each of them."""
    parts = pairing.parts_of_one(seen.slots, parameter)
    for n in parts[1:]:
        first, place = parts[0], n.place
        assert place is not None
        first.value = np.add(first.value, n.value)
        args = tuple([Ref(x.number) for x in (first, n) if x.number is not None])
        made = recorder.tape.note(table.TABLE["add"], args, {}, first.value, place)
        first.number = made.number
    if parts:
        rest = {id(n) for n in parts[1:]}
        seen.slots = [n for n in seen.slots if id(n) not in rest]
        names = listed(n.name for n in parts)
        words = "{names} are added up: they share a parameter"
        seen.notes.append(say(words, names=names))


def _own(recorder: Recorder, n: Number, place: Place | None, after: int) -> None:
    """Give a returned or kept number an entry of its own.

    place: of the return; after: the end of the forward pass, whose values may be passed on.
    """
    tape, where = recorder.tape, recorder.tape.places[-1] if place is None else place
    if not is_numeric(n.value):
        return
    number = tape.number(n.value, where)
    made = tape.source(n.value, where) if number is None else tape.entries[number]
    value = np.array(n.value) if isinstance(n.value, np.ndarray) else n.value * 1.0
    is_handed_on = n.path[0] == "returned" and made.number < after
    stores = [s for s in tape.stores if s.number == made.number and s.text == n.text]
    by_name = stores[-1].place if stores and not stores[-1].place.kind else made.place
    n.place = where if is_handed_on else by_name
    n.number = tape.note(table.TABLE["same"], (Ref(made.number),), {}, value, n.place).number


def floats_in(owner: Any) -> list[Number]:
    """Return the floating-point numbers and arrays of a layer."""
    return [n for n in walk(owner, ("self",)) if n.is_float]
