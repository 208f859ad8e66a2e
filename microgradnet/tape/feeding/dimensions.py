"""The dimensions of made-up arrays: their sizes, and the shapes that a file tells.

A file tells shapes in docstrings, in comments and by the letters of einsum. Each dimension has a
size of its own, or one that is computed from others.
"""

from __future__ import annotations

import ast
import copy
import inspect
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from microgradnet.tape.feeding.own_code import Code

FEW = 70  # letters between a name and its shape
DIM = r"(\d*[A-Za-z]\w*|\d+)"
PART = re.compile(rf"{DIM}( ?(\*|//|\+|-) ?{DIM})*")
PRODUCT = re.compile(rf"\b(\w+) = ({DIM}(?: ?\* ?(?:\.\.\.|{DIM}))+)")  # D = d_1 * ... * d_k
SHAPE = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
LIST = r"([`*]*(?: *(?:,|/|and) *[`*]*\w+[`*]*)*)"  # of names that share a shape
NO_DIM = re.compile(
    r"(?i)ints?|floats?|bool|str|optional|default|array|ndarray|tensor|none|list|tuple|dict|see|left"
    r"|right|in|out|constant|scalar|true|false|np|jnp|torch|required|and|or"
)
WHOLE_NUMBER = r"(?i:(an? )?int(eger)?)\b(?!\W*(array|or|ndarray|\d|\[|matrix|vector|list|tensor))"
FIXED = {"one": 1, "k": 3}  # a kernel is smaller than an image
LARGE = "HW"
SAMPLES = 20  # of other sizes: few of them, if any, should stay as they are
POOL = (4, 5, 3, 7, 6, 2, 9, 8, 11, 10, 13, 12, 15, 17, 19, 14, 21, 23)


class Sizes:
    """The sizes of all dimensions; some are computed from others.

    A dimension is identified by its index. `forms` holds its size: an independent number, or a
    function of other dimensions.
    """

    def __init__(self) -> None:
        self.forms: list[int | tuple[str, int, int]] = []
        self.names: dict[str, int] = {}
        self.are_small = False

    def __getitem__(self, i: int) -> int:
        form = self.forms[i]
        if isinstance(form, int):
            return form
        sign, j, k = form
        if sign == "=":
            return k
        if sign == "x":
            return self[j] * self[k]
        return self[j] + self[k] if sign == "+" else self[j] * k

    def new(self) -> int:
        """Return a new dimension with a size that no other has."""
        self.forms.append(0)
        self.free(len(self.forms) - 1)
        return len(self.forms) - 1

    def free(self, i: int, least: int = 2) -> None:
        """Give a dimension a size that no other has."""
        used = {self[j] for j in range(len(self.forms)) if j != i}
        self.forms[i] = next((n for n in POOL if n >= least and n not in used), 25 + len(used))

    def named(self, name: str) -> int:
        """Return the dimension with a name; a new one for "?"."""
        if name == "?":
            return self.new()
        if name not in self.names:
            self.names[name] = self.new()
            if name in FIXED:
                self.forms[self.names[name]] = FIXED[name]
            elif name in LARGE:
                self.free(self.names[name], 8)
        return self.names[name]

    def written(self, text: str) -> int:
        """Return the dimension of a name, a number, or a product or sum of both: `2*D`, `4D`."""
        text = re.sub(r"^(\d+)(?=[A-Za-z])", r"\1*", text.replace(" ", ""))
        if text in self.names:
            return self.names[text]
        if "//" in text and isinstance(
            self.forms[(i := self.written(text.partition("//")[0]))], int
        ):
            self.names[text] = self.new()
            self.forms[i] = ("x", self.names[text], self.written(text.partition("//")[2]))
        elif found := re.fullmatch(r"(.+)([*+-])(.+)", text):
            i = self.written(found[1])
            j = self.written(f"-{found[3]}" if found[2] == "-" else found[3])
            self.forms.append(("x" if found[2] == "*" else "+", i, j))
            self.names[text] = len(self.forms) - 1
        elif text.lstrip("-").isdigit():
            self.forms.append(("=", 0, int(text)))
            self.names[text] = len(self.forms) - 1
        return self.named(text)

    def _needs(self, i: int, j: int) -> bool:
        """Whether dimension i is computed from dimension j."""
        form = self.forms[i]
        if i == j or isinstance(form, int):
            return i == j
        parts = {"=": (), "*": form[1:2], "+": form[1:], "x": form[1:]}[form[0]]
        return any(self._needs(part, j) for part in parts)

    def set(self, i: int, value: int) -> None:
        """Give a dimension a value: as a copy, sum or multiple of others, or else fixed."""
        if any(self.names[n] == i for n in self.names if n.isdigit()):
            return  # the file tells it
        others = [j for j in range(len(self.forms)) if not self._needs(j, i)]
        ways: list[int | tuple[str, int, int]] = [("*", j, 1) for j in others if self[j] == value]
        ways += [("+", j, k) for j in others for k in others if self[j] + self[k] == value]
        ways += [("*", j, n) for j in others for n in (2, 3, 4) if self[j] * n == value]
        self.forms[i] = ways[0] if ways else ("=", 0, value)

    def multiply(self, i: int, j: int) -> bool:
        """Make a dimension a multiple of another that it equals; return whether it can be.

        If the other is a copy of it, the two change roles. Of itself: if its number is fixed.
        """
        form = self.forms[i]
        if i == j and not isinstance(form, int) and form[0] == "=":
            self.forms.append(form)
            j = len(self.forms) - 1
        elif self.forms[j] == ("*", i, 1):
            self.forms[j] = form
        if i == j or self[i] != self[j] or self._needs(j, i):
            return False
        k = self.new()
        self.free(k, 10)  # then its root is no whole number, which would pass for a factor
        self.forms[i] = ("x", j, k)
        return True

    def is_multiple(self, i: int) -> bool:
        """Whether a dimension is several times another, as of features for each head."""
        form = self.forms[i]
        is_product = not isinstance(form, int) and form[0] == "*"
        return is_product and (form[2] > 1 or self.is_multiple(form[1]))  # type: ignore[index]

    def other(self, seed: int) -> Sizes:
        """Return sizes with other numbers, in the same order and with the same relations."""
        now = [self[i] for i in self._free()]
        least, more = (2, seed) if self.are_small else (3, len(now) + 1)
        several, rng = range(least, least + len(now) + more), random.Random(seed)
        every = [self[i] for i in range(len(self.forms))]

        def count(new: Iterable[int]) -> int:  # of sizes that stay, or become equal
            other = self._with(new)
            pairs = {(n, other[i]) for i, n in enumerate(every)}
            return sum(a == b for a, b in zip(new, now)) + len(pairs) - len({b for _, b in pairs})

        tries = [sorted(rng.sample(several, len(now))) for _ in range(SAMPLES)]
        return self._with(min(tries, key=count))

    def keep(self, used: Iterable[int]) -> list[int]:
        """Return the dimensions with numbers of their own that some need, and fix all others."""
        found, todo = list[int](), [*used]
        while todo:
            form = self.forms[i := todo.pop()]
            if isinstance(form, int):
                found.append(i)
            elif form[0] != "=":
                todo += form[1:2] if form[0] == "*" else form[1:]
        others = ((i, n) for i, n in enumerate(self.forms) if isinstance(n, int) and i not in found)
        for i, n in others:
            self.forms[i] = ("=", 0, n)
        return [*dict.fromkeys(found)]

    def _free(self) -> list[int]:
        """Return the dimensions with a number of their own, the smallest first."""
        own = [i for i, form in enumerate(self.forms) if isinstance(form, int) and form > 1]
        return sorted(own, key=lambda i: self[i])

    def _with(self, numbers: Iterable[int]) -> Sizes:
        """Return sizes with other numbers of their own, the smallest first."""
        changed, found = copy.copy(self), dict(zip(self._free(), numbers))
        changed.names = {**self.names}
        changed.forms = [found.get(i, form) for i, form in enumerate(self.forms)]
        return changed


@dataclass(frozen=True)
class Told:
    """The shape of an argument. dims: names, numbers, or products; words: those beside them.

    One without dimensions is a whole number.
    """

    dims: tuple[str, ...]
    words: str = ""


def told_shapes(code: Code, function: Any) -> Mapping[str, Told]:
    """Return the shapes that a file tells of a function's arguments, by name."""
    node = code.node(function)
    if node is None:
        return {}
    if id(node) not in code.told:
        names = [a.arg for a in node.args.args]
        told = dict[str, Told]()
        for text in _texts(code, function, node):
            told = _of_text(text, names) | told
        code.told[id(node)] = _of_letters(code, node, names, told)
    found: Mapping[str, Told] = code.told[id(node)]
    return found


def _texts(code: Code, function: Any, node: ast.FunctionDef) -> Iterator[str]:
    """Yield the docstrings and comments about a function, and about others of its arguments."""
    yield ast.get_docstring(node) or ""
    yield _comments(code, node)
    kinds = [n for n in code.all if isinstance(n, ast.ClassDef) and node in n.body]
    for kind in kinds:
        yield ast.get_docstring(kind) or ""
    for other in code.nodes.values() if not kinds else ():
        if other is not node and [a.arg for a in other.args.args] == [
            a.arg for a in node.args.args
        ]:
            yield ast.get_docstring(other) or ""
            yield _comments(code, other)


def _comments(code: Code, node: ast.FunctionDef) -> str:
    """Return the comments of a function, each behind the name if it is beside an argument."""
    lines = code.lines[node.lineno - 1 : node.end_lineno]
    found = []
    for k, line in enumerate(lines, node.lineno):
        before, sign, text = line.partition("#")
        beside = [a.arg for a in node.args.args if a.lineno == k and k < node.body[0].lineno]
        if sign and "'" not in before and '"' not in before:
            found.append(f"{beside[0]}: {text}" if len(beside) == 1 else text)
    return "\n".join(found)


def _of_text(text: str, names: Sequence[str]) -> dict[str, Told]:
    """Return the shapes that a text tells of arguments, such as `x, y: (N, D)`."""
    told = dict[str, Told]()
    factors = {m[1]: "*".join(re.findall(DIM, m[2])) for m in PRODUCT.finditer(text)}
    for name in names:
        if re.search(rf"(?<![\w.]){re.escape(name)}\b`* ?[:=(-]+ ?{WHOLE_NUMBER}", text):
            told[name] = Told(())
            continue
        for at in re.finditer(rf"(?<![\w.]){re.escape(name)}\b{LIST}", text):
            shape = SHAPE.search(text, at.end(), at.end() + 2 * FEW)
            between = "" if shape is None else text[at.end() : shape.start()]
            others = {*re.findall(r"\w+", between)} & {*names} - {name}
            is_plain = between.isspace() and name != "a"
            is_said = between.lstrip()[:1] in (":", "=", "-") or " shape" in between or is_plain
            is_dict = "dict" in between
            if shape is None or others or is_dict or not is_said or len(between) > FEW:
                continue
            if {*re.findall(r"\w+", at[1])} <= {*names, "and"} and (
                dims := _dims(shape[1], between)
            ):
                after = re.split("[;.,\n]", text[shape.end() :])[0]
                words = f"{between} {after[:FEW]}"
                told.setdefault(name, Told(tuple(factors.get(d, d) for d in dims), words))
    return told


def _dims(text: str, between: str) -> tuple[str, ...]:
    """Return the dimensions of a shape; none if a part is no name, number or product."""
    parts = [p.strip(" `*") for p in text.split(",")]
    is_one = len(parts) == 1 and not re.fullmatch("[A-Z][A-Z]?", parts[0])
    parts = [p for k, p in enumerate(parts) if p != "..." and (p or k < len(parts) - 1)]
    is_open = (is_one and "shape" not in between) or re.search(r"(^|,) *\* *(,|$)", text)
    if is_open or not all(PART.fullmatch(p) and not NO_DIM.fullmatch(p) for p in parts):
        return ()
    return tuple(parts) if not all(p.isdigit() for p in parts) or "shape" in between else ()


def _of_letters(
    code: Code, node: ast.FunctionDef, names: Sequence[str], told: Mapping[str, Told]
) -> dict[str, Told]:
    """Return the shapes with those that the subscripts of einsum tell of other arguments."""
    found = dict(told)
    for inner in _near(code, node):
        changed = {*_stored(inner)} - _unpacked(inner)
        given = {a.arg for a in inner.args.args} | _unpacked(inner)
        for n in ast.walk(inner):
            if not (isinstance(n, ast.Call) and ast.unparse(n.func).split(".")[-1] == "einsum"):
                continue
            text = getattr(n.args[0], "value", "") if n.args else ""
            several = str(text).replace(" ", "").replace("...", "").partition("->")[0].split(",")
            pairs = [(getattr(x, "id", ""), dims) for x, dims in zip(n.args[1:], several)]
            pairs = [(k, dims) for k, dims in pairs if k in names and k in given - changed]
            meant = {
                letter: dim
                for k, dims in pairs
                if k in found and len(found[k].dims) == len(dims)
                for letter, dim in zip(dims, found[k].dims)
            }
            for k, dims in pairs:
                found.setdefault(k, Told(tuple(meant.get(x, f"{x} of einsum") for x in dims)))
    return found


def _near(code: Code, node: ast.FunctionDef) -> list[ast.FunctionDef]:
    """Return a function, those it calls, and those of its class or stem, as backward passes."""
    called = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    kinds = [n for n in code.all if isinstance(n, ast.ClassDef) and node in n.body]
    stem = re.split("_(?=fwd|forward)", node.name)[0]
    others = [n for n in code.nodes.values() if n is not node]
    if kinds:
        return [node, *(n for n in others if n in kinds[0].body or n.name in called)]
    return [node, *(n for n in others if n.name in called or (stem and n.name.startswith(stem)))]


def _unpacked(node: ast.FunctionDef) -> set[str]:
    """Return the names that a function only unpacks from one of its arguments."""
    stored = _stored(node)
    targets = [
        n.targets[0]
        for n in ast.walk(node)
        if isinstance(n, ast.Assign) and isinstance(n.value, (ast.Name, ast.Attribute))
    ]
    names = [name for t in targets if isinstance(t, ast.Tuple) for name in _stored(t)]
    return {name for name in names if stored.count(name) == 1}


def _stored(node: ast.AST) -> list[str]:
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    return [n.id for n in names if isinstance(n.ctx, ast.Store)]


ANNOTATIONS = (
    (r"list\[list\[float\]\]", "lists"),
    (r"list\[list\[int\]\]", "rows of indices"),
    (r"list\[float\]", "list"),
    (r"list\[int\]", "sizes"),
    (r"tuple\[int(, ?(int|\.\.\.))*\].*", "shape"),
    (r"list\[str\]", "texts"),
    (r"str", "text"),
    (r"int", "size"),
    (r"float", "rate"),
)


def annotated(annotation: object) -> str:
    """Return the kind that an annotation tells; "" if it tells none."""
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = re.sub(r"\w+\.(?=\w)", "", text).replace("List", "list").replace("Tuple", "tuple")
    return next((kind for pattern, kind in ANNOTATIONS if re.fullmatch(pattern, text)), "")
