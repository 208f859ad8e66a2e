"""Tell the parameters among the leaves of a graph, by the ways in which they are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isclose

from microgradnet.autograd.labels import PARAMETERS, TRAINED, label_of, rate_of
from microgradnet.autograd.value import Value
from microgradnet.checking.finding.vocabulary import is_data, kind_by_hand

__all__ = ["Roles", "roles_among"]

SAME = 1e-6  # relative


@dataclass(frozen=True)
class Roles:
    """The roles of the leaves that are parameters, "parameter" or "frozen"; by: how they are known,
    "net", "given", "update", "name" or "both" of these.

    >>> Roles({}, "net").of(Value(1.0, "x"))
    ''
    """

    found: dict[Value, str]
    by: str

    def of(self, leaf: Value) -> str:
        """Return the role of a parameter, "" for any other leaf."""
        return self.found.get(leaf, "")


def roles_among(leaves: Sequence[Value], params: Iterable[Value | str] | None = None) -> Roles:
    """Return the parameters among the leaves of a graph: the given ones, else those it tells.

    Those are the leaves of nets and the attributes of objects; without any, the leaves that were
    updated by one rate times their gradients, and those that are named w1, and with these b, u, v.

    params: Values, labels, or names of arrays. Raises ValueError for one that is no leaf of the
    graph, TypeError for anything else.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> roles = roles_among([w, x])
    >>> roles.of(w), roles.of(x), roles.by
    ('parameter', '', 'name')
    """
    if params is not None:
        return Roles(dict.fromkeys(_given(leaves, params), TRAINED), "given")
    known = {x: role for x in leaves if (role := label_of(x, "role")) in PARAMETERS}
    if known:
        return Roles(known, "net")
    updated = _updated(leaves)
    kinds = {x: kind for x in leaves if (kind := kind_by_hand(str(x.label)))}
    named = kinds if "weight" in kinds.values() else {}
    by = "name" if not updated else "both" if {*named} - {*updated} else "update"
    return Roles(dict.fromkeys([*updated, *named], TRAINED), by)


def _given(leaves: Sequence[Value], params: Iterable[Value | str]) -> list[Value]:
    if isinstance(params, (str, Value)):
        raise TypeError(f"params is a list of Values or labels, not {params!r}")
    found: list[Value] = []
    for given in params:
        if not isinstance(given, (Value, str)):
            raise TypeError(f"params holds Values or labels, not {type(given).__name__}")
        names = {x: (x.label, x.label.partition("[")[0]) for x in leaves}  # "W[0, 1]", "W"
        same = [x for x in leaves if x is given or given in names[x]]
        if not same:
            has = ", ".join(str(x.label) for x in leaves if x.label) or "no names"
            name = given if isinstance(given, str) else given.label or repr(given)
            raise ValueError(f"params: the graph has no leaf {name!r}; it has {has}")
        found += same
    return found


def _updated(leaves: Sequence[Value]) -> list[Value]:
    """Return the leaves that were last changed by one rate times their gradients.

    One alone may have been set to any other number: its name is not of data, and its rate is round,
    or that of its last two changes.
    """
    changed = sorted((x for x in leaves if rate_of(x) > 0), key=rate_of)
    groups: list[list[Value]] = [[]]
    for x in changed:
        if groups[-1] and not isclose(rate_of(x), rate_of(groups[-1][0]), rel_tol=SAME):
            groups.append([])
        groups[-1].append(x)
    largest = max(groups, key=len)
    alone = [x for x in largest if rate_of(x, 2) or f"{rate_of(x):.3g}" == f"{rate_of(x):.6g}"]
    return largest if largest[1:] else [x for x in alone if not is_data(x.label)]
