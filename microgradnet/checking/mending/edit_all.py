"""Propose edits of a name at all its places in a statement, each with its mistake in words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from microgradnet.checking.mending.edit_kinds import other_counts
from microgradnet.checking.mending.edit_parts import (
    FACTOR,
    NOT_DIVIDED,
    Alternative,
    Line,
    Part,
    Scope,
    fits,
    is_place,
    miscounts,
    uses,
)
from microgradnet.checking.mending.edit_places import shifts
from microgradnet.checking.mending.edit_text import Code, binary, formula, negative
from microgradnet.tape.trees import names_in
from microgradnet.words import say

MOST_NAMES = 8  # that are exchanged with each other


def everywhere(line: Line, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that replace a name everywhere in the statement: N for D."""
    several: dict[str, list[Part]] = {}
    shifted: dict[str, list[Part]] = {}
    for part in line.parts:
        if part.is_value and is_place(part.node):
            several.setdefault(part.text, []).append(part)
        if part.in_index and isinstance(part.node, (ast.Name, ast.BinOp)):
            shifted.setdefault(part.text, []).append(part)
    for own, parts in shifted.items():
        for meant in shifts(parts[0]) if len(parts) > 1 else ():
            text = line.put_all(dict.fromkeys(parts, formula(meant)))
            yield text, say("{used} is off by one: {meant}", used=own, meant=meant), 1.3
        for count in scope.counts if len(parts) > 1 and isinstance(parts[0].node, ast.Name) else ():
            text = line.put_all(dict.fromkeys(parts, formula(f"{own} * {count}")))
            yield text, say(FACTOR, name=count), 1.3
        for counter in names_in(parts[0].node) & scope.counters - {own} if len(parts) > 1 else ():
            yield line.put_all(dict.fromkeys(parts, Code(counter))), uses(own, counter), 1.3
    yield from _exchanged(line, scope)
    for own, parts in several.items():
        if len(parts) < 2:
            continue
        for name in (n for n, shape in scope.atoms.items() if shape == () and n != own):
            for sign, words in (("/", NOT_DIVIDED), ("*", FACTOR)):
                new = binary(Code(own), sign, Code(name))
                yield line.put_all(dict.fromkeys(parts, new)), say(words, name=name), 2.1
        negated = line.put_all({part: negative(part.code) for part in parts})
        yield negated, say("the sign of {x} is wrong", x=own), 1.5
        for name, shape in scope.atoms.items():
            if name not in (own, line.target) and fits(scope.atoms.get(own), shape):
                text = line.put_all(dict.fromkeys(parts, Code(name)))
                yield (
                    text,
                    _taken_at(own, name, scope),
                    1.05 if shape == scope.atoms.get(own) else 1.2,
                )
        for count in other_counts(own, scope) if own in scope.counts else ():
            yield line.put_all(dict.fromkeys(parts, formula(count))), miscounts(own, count), 1.3


def _exchanged(line: Line, scope: Scope) -> Iterator[Alternative]:
    """Yield edits that exchange two names everywhere in the statement: src and dst."""
    named: dict[str, list[Part]] = {}
    for part in line.parts:
        is_name = isinstance(part.node, ast.Name) and isinstance(part.node.ctx, ast.Load)
        if is_name or (part.is_value and isinstance(part.node, ast.Attribute)):
            named.setdefault(part.text, []).append(part)
    for a, b in combinations([*named][:MOST_NAMES], 2):
        others = {**dict.fromkeys(named[a], Code(b)), **dict.fromkeys(named[b], Code(a))}
        is_inside = a in b or b in a  # as self is in self.w
        if scope.atoms.get(a) == scope.atoms.get(b) and not is_inside:
            yield line.put_all(others), say("{a} and {b} are swapped", a=a, b=b), 1.4


def _taken_at(own: str, name: str, scope: Scope) -> str:
    if scope.before.get(own) == name:
        words = "takes the derivative at {name}, which is activated already, not at {inside}"
        return say(words, name=own, inside=name)
    return uses(own, name)
