"""Find the statements that may be wrong, and the names that their edits may use.

Only code behind the loss is searched: statements whose results the wrong claims are computed from,
but the loss is not. Formulas may use the names, attributes and entries of the same function, and
the person's functions that change nothing.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from microgradnet.checking.judging.judged_steps import Step
from microgradnet.checking.mending.edit_parts import COUNT, USES, Scope, is_place
from microgradnet.checking.mending.edit_text import Shape
from microgradnet.checking.mending.edits import Edit, edits
from microgradnet.checking.mending.file_code import LIBRARIES, FileCode, atoms
from microgradnet.tape.edited import Edited
from microgradnet.tape.entry import Entry, Place, Ref
from microgradnet.tape.tape import Tape
from microgradnet.tape.trees import called_name, names_in, put_for_name

MOST = 40  # the most statements


@dataclass(slots=True)
class Site:
    """A statement that may be wrong, with its edits.

    first: the first entry it computed; called: its name, if that is not the name that it stores;
    far: the distance of all its edits: more for a statement that is likely right.
    """

    place: Place
    edits: list[Edit]
    first: int
    scope: Scope | None = None
    called: str = ""
    far: float = 0.0

    def find_edits(self) -> None:
        """Find all edits of the statement."""
        if self.scope is not None:
            self.edits = edits(self.place.statement, self.scope)

    def edited(self) -> Edited:
        """Return the statement with its edits, to be evaluated."""
        return Edited(self.place.statement, [e.suggestion for e in self.edits])

    @property
    def name(self) -> str:
        """The name of the statement: the name that it stores."""
        statement = self.place.statement
        if self.called:
            return self.called
        if isinstance(statement, ast.Assign):
            return ast.unparse(statement.targets[0])
        if isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
            return ast.unparse(statement.target)
        return "return" if isinstance(statement, ast.Return) else ast.unparse(statement)

    @property
    def line(self) -> int:
        """The line of the statement."""
        return self.place.line


def suspects(tape: Tape, behind: Iterable[int], step: Step) -> list[tuple[Place, int]]:
    """Return the statements that computed, stored or returned operands of the wrong claims.

    behind: the entries that the claims are computed from. Left out are the statements of the
    forward pass; those of moves are none, though a sum of losses is computed from earlier moves.
    """
    entries, all_behind, forward = tape.entries, set(behind), step.forward
    behind, after = all_behind - forward, max(forward, default=0)
    moving = {id(c.place.statement) for c in step.judgement.claims if c.kind == "move"}
    ahead = {id(entries[n].place.statement) for n in forward - step.judgement.starts} - moving
    found: dict[int, tuple[Place, int]] = {}
    seen = [(entries[n].place, n) for n in sorted(behind) if not entries[n].is_source]
    stores = [s for s in tape.stores if s.at <= step.runs.end + 2]
    seen += [(s.place, s.number) for s in stores if s.number in behind]
    seen += [(place, n) for place, several in tape.returns for n in several if n in behind]
    handed = [s for s in stores if s.number in all_behind & forward and s.at > after]
    seen += [(s.place, s.at - 1) for s in handed]  # values of the forward pass under a new name
    for place, n in seen:
        statement = place.statement
        is_function = isinstance(statement, ast.FunctionDef)
        if id(statement) not in ahead and not place.kind and not is_function:
            found.setdefault(id(statement), (place, n))
    return sorted(found.values(), key=lambda f: f[1])[:MOST]


def is_renaming(statement: ast.stmt) -> bool:
    """Whether a statement gives a value a second name."""
    is_one = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    return is_one and isinstance(getattr(statement, "value", None), ast.Name)


def only_reads(statement: ast.stmt) -> bool:
    """Whether a statement only unpacks or passes on values, without computing.

    A statement that gives a value a second name does not count: it may lack a factor or a term.
    """
    target = getattr(statement, "targets", [None])[0]
    is_stored = isinstance(statement, ast.AugAssign) or isinstance(target, ast.Subscript)
    if is_stored or is_renaming(statement):
        return False
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Return) and value and called_name(value) == "locals":
        return True
    computing = (ast.BinOp, ast.Call, ast.UnaryOp, ast.Constant)
    index = {
        n for s in ast.walk(statement) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)
    }
    return not any(isinstance(n, computing) and n not in index for n in ast.walk(statement))


def hands_on(statement: ast.stmt) -> bool:
    """Whether a statement only stores a name, or adds names, as a sum's last step does."""
    if isinstance(statement, ast.Assign):
        return isinstance(statement.value, ast.Name)
    is_sum = isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add)
    return is_sum and only_reads(ast.Expr(statement.value))  # type: ignore[attr-defined]


def only_sums(statement: ast.stmt) -> bool:
    """Whether a statement only adds up values that other statements gave."""
    value = getattr(statement, "value", None)
    while isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add) and is_place(value.right):
        value = value.left
    return hands_on(statement) or (isinstance(value, ast.expr) and is_place(value))


def aliases_written(tape: Tape) -> set[int]:
    """Return the statements that name an array which a later statement writes into.

    An edit of such a statement would make a copy, and the later writes would be lost.
    """
    entries = tape.entries
    old = {n for e in entries if e.is_written for n in e.operands[:1]}
    return {
        id(s.place.statement)
        for s in tape.stores
        if s.number in old and entries[s.number].place.statement is not s.place.statement
    }


def sites(
    tape: Tape,
    code: FileCode,
    chosen: Sequence[tuple[Place, int]],
    sizes: Sequence[int],
    moving: Collection[int] = (),
    spellings: Sequence[tuple[str, str]] = (),
) -> list[Site]:
    """Return the sites of the chosen statements; their edits are not searched yet.

    moving: the statements, by identity, that move a parameter; spellings: those of the library.
    """
    shapes: dict[str, dict[str, tuple[int, ...]]] = {}
    named = dict(divisors(tape.entries))
    sizes = list(dict.fromkeys([*sizes, *map(int, named.values())]))
    for stored in tape.stores:
        value = tape.entries[stored.number].value
        if np.ndim(value) == 0 and stored.text.isidentifier() and value in sizes:
            named[stored.text] = float(value)
        of = shapes.setdefault(stored.place.function, {})
        of[stored.text] = tape.entries[stored.number].shape
    but = LIBRARIES | set(code.functions) | (set(dir(builtins)) - {"input", "id", "iter", "vars"})
    helpers, found, aliases = code.helpers(), [], aliases_written(tape)
    stored_shapes: dict[str, Shape] = dict.fromkeys(code.attributes)
    stored_shapes |= {t: x for of in shapes.values() for t, x in of.items()}
    made = [(s.place, s.number) for s in tape.stores if not s.place.kind]
    made += [(place, n[0]) for place, n in tape.returns if len(n) == 1]
    out = {id(place.statement): tape.entries[n].shape for place, n in reversed(made)}
    for place, first in chosen:
        if not code.is_clean(place.statement) or id(place.statement) in aliases:
            continue
        known: dict[str, Shape] = {**shapes.get("", {}), **shapes.get(place.function, {})}
        names = atoms([*code.body(place), place.statement], but - shapes.keys())
        names += [a for a in (*code.arguments(place), *code.fixed) if a not in names]
        names += [f for f in code.fields(place.statement, but) if f not in names]
        tables = dict.fromkeys(n.partition("['")[0] for n in names if "['" in n)
        several = [f"{of}[{key}]" for of in tables for key in code.keys]
        names += [text for text in several if text not in names]
        for owner in (o for o in ("self", "ctx") if code.is_method(place, o)):
            own = {t: x for t, x in stored_shapes.items() if is_attribute(t, owner)}
            known, names = {**own, **known}, [*names, *(t for t in own if t not in names)]
        items = (f"{of}[{at}]" for of, at, used in code.items if {of, *used} <= {*names})
        names += [text for text in (*items, *gathered(names, known)) if text not in names]
        scope = Scope(
            {t: known.get(t) for t in names} | code.constants,
            _near(code, place, helpers),
            sizes,
            named={k: x for k, x in named.items() if k in names},
            before=code.before,
            moves=id(place.statement) in moving,
            counters=code.counters,
            spellings=spellings,
            shape=out.get(id(place.statement)),
            limits=code.limits,
            in_loop=(place.line, place.statement.col_offset) in code.in_loops,
            around=code.around,
            indices=code.indices,
            axes=code.axes,
            lengths=[t for t in code.lengths if names_in(ast.parse(t)) <= {*names}],
            factors=[t for t in code.factors if names_in(ast.parse(t)) <= {*names}],
        )
        found.append(Site(place, [], first, scope))
    return found


def gathered(names: Sequence[str], known: Mapping[str, Shape]) -> Iterator[str]:
    """Yield the entries of other arrays of a shape at the same array of indices: dy[rows]."""
    for text in names:
        of, _, at = text.removesuffix("]").partition("[")
        if of and known.get(at) and known.get(of):
            yield from (f"{x}[{at}]" for x in names if x != of and known.get(x) == known[of])


def divisors(entries: Sequence[Entry]) -> Iterator[tuple[str, float]]:
    """Yield the whole numbers above 1 that the code divides by, with their names."""
    for entry in entries:
        node = entry.place.node
        if entry.operation is None or entry.operation.name != "divide":
            continue
        below = entry.args[1]
        value = entries[below].value if type(below) is Ref else below
        name = node.right if isinstance(node, ast.BinOp) else None
        is_count = np.ndim(value) == 0 and value > 1 and value % 1 == 0
        if isinstance(name, ast.Name) and is_count:
            yield name.id, float(value)


def is_attribute(text: str, owner: str = "self") -> bool:
    """Whether a text is an attribute of an owner, or an entry of one: `self.params['W']`."""
    first, _, rest = text.partition(".")
    return first == owner and rest.partition("[")[0].isidentifier()


def _near(code: FileCode, place: Place, helpers: list[str]) -> list[str]:
    """Return the helpers that may be called at a place: methods only if there is a self."""
    return helpers if code.is_method(place) else [h for h in helpers if not h.startswith("self.")]


def summing(site: Site, carried: set[str]) -> Iterator[int]:
    """Yield the edits that add up the results of a statement, or read more of the earlier ones.

    carried: the names of these results.
    """
    names = "|".join(map(re.escape, carried)) or "(?!)"
    reads, written = re.compile(rf"(?<![\w.])({names})(?!\w)"), site.place.statement
    count, new = len(reads.findall(ast.unparse(written))), ast.AugAssign
    for j, edit in enumerate(site.edits):
        is_sum = isinstance(written, ast.Assign) and isinstance(edit.statement, new)
        if is_sum or len(reads.findall(edit.suggestion)) > count:
            yield j


def counting(site: Site, edit: Edit, body: Sequence[ast.stmt]) -> list[int]:
    """Return the lines that give the counts that an edit replaces, as `N = x.shape[1]` does."""
    is_other = getattr(edit.said, "template", "") in (COUNT, USES)  # not where a count is left out
    counts = site.scope.counts if site.scope and is_other else ()
    left = names_in(site.place.statement) - names_in(edit.statement or ast.Pass())
    several = [s for s in body if isinstance(s, ast.Assign)]
    pairs = [(n, s.lineno) for s in several for n in ast.walk(s.targets[0])]
    return [at for n, at in pairs if getattr(n, "id", "") in left.intersection(counts)]


def recounted(
    site: Site, edits: Iterable[Edit], body: Sequence[ast.stmt]
) -> tuple[ast.Assign, Edit] | None:
    """Return the statement that computes a wrong count, with its correction: m = C * H * W // G.

    edits: those of the site that repair everything. Only the site reads the count.
    """
    inner = [s for outer in body for s in ast.walk(outer) if isinstance(s, ast.stmt)]
    for edit in edits:
        if getattr(edit.said, "template", "") != COUNT:
            continue
        used, meant = (str(edit.said.parts[k]) for k in ("used", "meant"))  # type: ignore
        own = [s for s in inner if isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == used]
        reading = [s for s in inner if not hasattr(s, "body") and used in names_in(s)]
        if len(own) != 1 or not isinstance(own[0].value, ast.BinOp) or len(reading) != 2:
            continue
        before = (s for s in inner if s.lineno < own[0].lineno and not hasattr(s, "body"))
        made = put_for_name(ast.parse(meant, mode="eval").body, used, own[0].value)
        if names_in(made) <= names_in(own[0].value, *before):
            text = ast.unparse(ast.Assign(own[0].targets, made, lineno=0))
            return own[0], Edit(text, edit.said, edit.cost)
    return None


def drops_a_term(site: Site, edit: Edit) -> bool:
    """Whether an edit only leaves out a term of a sum: it may be of a loss that is not known."""
    old, new = (getattr(x, "value", None) for x in (site.place.statement, edit.statement))
    if new is None or not isinstance(old, ast.BinOp) or not isinstance(old.op, (ast.Add, ast.Sub)):
        return False
    return ast.unparse(new) in (ast.unparse(old.left), ast.unparse(old.right))


def changes_a_number(site: Site, edit: Edit) -> bool:
    """Whether an edit has other numbers, outside of indices: right by chance in one step."""
    old, new = (
        sorted(
            repr(n.value)
            for part in ast.walk(x or ast.Pass())
            if not isinstance(part, (ast.Subscript, ast.Compare))
            for n in ast.iter_child_nodes(part)
            if isinstance(n, ast.Constant)
        )
        for x in (site.place.statement, edit.statement)
    )
    return old != new
