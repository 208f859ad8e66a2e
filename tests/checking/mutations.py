"""Correct derivations spoiled: one edit of one line, the truth of which is known by running it."""

import ast
import contextlib
import copy
import inspect
import io
import random
import re
import warnings
from dataclasses import dataclass, replace

import numpy as np

SAME = 1e-7


@dataclass
class Mutant:
    """A spoiled derivation: its line that was edited, what it assigns, what kind of edit it is."""

    derivation: object
    line: int
    target: str
    edit: str

    @property
    def text(self):
        """The line as it was written."""
        return self.derivation.source.splitlines()[self.line - 1].partition("  # ")[0].strip()


def mutants(derivation, kind="d"):
    """Every edit of the lines of a kind (`d`, `f` or `u`), whether it changes a number or not."""
    found = []
    names = _names(derivation)
    for line in derivation.lines(kind):
        text, mark = derivation.source.splitlines()[line - 1].split("  # ")
        indent = text[: len(text) - len(text.lstrip())]
        (statement,) = ast.parse(text.strip()).body
        target = ast.unparse(_target(statement))
        for edit, new in _edited(statement, names):
            source = _with_line(derivation, line, f"{indent}{new}  # {mark}")
            found.append(Mutant(replace(derivation, source=source), line, target, edit))
    return found


def _with_line(derivation, line, text):
    lines = derivation.source.splitlines()
    lines[line - 1] = text
    return "\n".join(lines) + "\n"


def combined(several):
    """The mutant source with the edits of several, of one derivation, on different lines."""
    derivation = several[0].derivation
    for other in several[1:]:
        text = other.derivation.source.splitlines()[other.line - 1]
        derivation = replace(derivation, source=_with_line(derivation, other.line, text))
    return derivation


def _target(statement):
    return statement.target if isinstance(statement, ast.AugAssign) else statement.targets[0]


def _names(derivation):
    """What a name may be mistaken for: derivatives for one another, forward names for others."""
    derivatives, forward = set(), set()
    for kind, names in (("d", derivatives), ("f", forward)):
        for line in derivation.lines(kind):
            (statement,) = ast.parse(derivation.source.splitlines()[line - 1].strip()).body
            target = _target(statement)
            if isinstance(target, ast.Name):
                names.add(target.id)
    for parameter in re.findall(r"\bself\.[wb]\d", derivation.source):
        forward.add(parameter)
    function = re.search(rf"def {derivation.name}\((.*)\):", derivation.source)
    if function and derivation.style not in ("tutorial", "layers"):
        forward |= set(re.sub(r"=[^,]*", "", function[1]).split(", ")) - {"lr", "learning_rate"}
        forward -= {"x"} if derivation.style == "numbers" else set()  # of which x[0] is a number
    return [sorted(derivatives), sorted(forward)]


def _edited(statement, names):
    """The edits of a statement: what kind each is, and its text."""
    if isinstance(statement, ast.AugAssign):
        yield from _other_assignments(statement)
    for name, node in (("scaled", 2.0), ("scaled", 0.5), ("sign", -1.0)):
        made = copy.deepcopy(statement)
        made.value = ast.BinOp(ast.Constant(node), ast.Mult(), made.value)
        yield name, ast.unparse(made)
    inside = [n for n in ast.walk(statement.value) if isinstance(n, ast.expr)]
    for i, node in enumerate(inside):
        for edit, other in _others(node, names):
            made = copy.deepcopy(statement)
            old = [n for n in ast.walk(made.value) if isinstance(n, ast.expr)][i]
            _put(made, old, other)
            yield edit, ast.unparse(ast.fix_missing_locations(made))
    target = _target(statement)
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Compare):
        for edit, other in _others(target.slice, names):
            made = copy.deepcopy(statement)
            _target(made).slice = other
            yield edit, ast.unparse(made)


def _other_assignments(statement):
    other = ast.Sub() if isinstance(statement.op, ast.Add) else ast.Add()
    if isinstance(statement.op, (ast.Add, ast.Sub)):
        yield (
            "sign of the update",
            ast.unparse(ast.AugAssign(statement.target, other, statement.value)),
        )
        yield (
            "= for +=",
            ast.unparse(statement).replace(f"{'+-'[isinstance(other, ast.Add)]}=", "=", 1),
        )
    yield "left out", "pass"


def _put(made, old, new):
    for parent in ast.walk(made):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(x is old for x in value):
                setattr(parent, name, [new if x is old else x for x in value])


def _others(node, names):
    """What a person may have written in the place of a part."""
    text = ast.unparse(node)
    for group in names:
        if text in group:
            for other in group:
                if other != text:
                    yield "name", ast.parse(other, mode="eval").body
    if isinstance(node, ast.BinOp):
        yield from _other_operations(node)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transpose", node.value
    if isinstance(node, ast.Call):
        yield from _other_calls(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        for other in {1, 2, 3} - {node.value}:
            yield "number", ast.Constant(other)
    index = node.slice if isinstance(node, ast.Subscript) else None
    if isinstance(index, ast.Constant) and index.value in (0, 1):
        yield "index", ast.Subscript(node.value, ast.Constant(1 - index.value), ast.Load())
    if isinstance(node, ast.Compare):
        flips = {ast.Gt: ast.LtE, ast.LtE: ast.Gt}
        if type(node.ops[0]) in flips:
            yield "mask", ast.Compare(node.left, [flips[type(node.ops[0])]()], node.comparators)


def _other_operations(node):
    if isinstance(node.op, (ast.Mult, ast.Div)):
        yield "factor left out", node.left
    if isinstance(node.op, ast.Mult):
        yield "factor left out", node.right
        yield "operator", ast.BinOp(node.left, ast.Add(), node.right)
        yield "operator", ast.BinOp(node.left, ast.MatMult(), node.right)
    if isinstance(node.op, ast.MatMult):
        yield "operator", ast.BinOp(node.left, ast.Mult(), node.right)
        yield "transpose", ast.BinOp(node.right, ast.MatMult(), node.left)
    if isinstance(node.op, (ast.Add, ast.Sub)):
        other = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
        yield "operator", ast.BinOp(node.left, other, node.right)
        yield "term left out", node.left
        yield "term left out", node.right


def _other_calls(node):
    called = ast.unparse(node.func)
    pairs = {"np.sum": "np.mean", "np.mean": "np.sum", "sigmoid_prime": "sigmoid"}
    for f in ("sigmoid", "tanh", "relu"):
        pairs |= {f"deriv_{f}": f, f: f"deriv_{f}"}
    if called in pairs and not (called == "sigmoid" and "deriv" not in ast.unparse(node)):
        yield "function", ast.Call(ast.Name(pairs[called], ast.Load()), node.args, node.keywords)
    axes = [k for k in node.keywords if k.arg == "axis"]
    if axes:
        rest = [k for k in node.keywords if k.arg != "axis"]
        other = ast.keyword("axis", ast.Constant(1 - axes[0].value.value))
        yield "axis", ast.Call(node.func, node.args, rest)
        yield "axis", ast.Call(node.func, node.args, [other, *rest])
    if called in ("nonlin",) and len(node.args) + len(node.keywords) == 2:
        yield "function", ast.Call(node.func, node.args[:1], [])


def outcome(derivation, seeds=(0, 1)):
    """All numbers that running it with plain numbers gives, None where it cannot be run."""
    found = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for seed in seeds:
            try:
                found.append(_outcome(derivation, seed))
            except Exception:
                return None
    return np.concatenate(found)


def _outcome(derivation, seed):
    rng = np.random.default_rng(seed)
    derivation = replace(derivation, source=derivation.source.replace("range(3)", "range(1)"))
    if derivation.style == "tutorial":
        return _trained(derivation, seed)
    function = derivation.names()[derivation.name]
    if derivation.style == "numbers":
        takes = inspect.signature(function).parameters
        given = {name: rng.normal(size=3) if name == "x" else rng.normal() for name in takes}
        found = function(**given)
        return _flat([found[k] for k in sorted(found) if k.startswith(("d_", "L"))])
    example = [_fresh(x, rng) for x in copy.deepcopy(derivation.example)]
    before = _flat(example)
    returned = function(*example)
    moved = _flat(example) - before
    if derivation.style == "script":
        return moved  # it returns what it moved
    if re.search("return (cost|loss)", derivation.source):
        returned = returned[1:]  # no derivative, and no one's mistake
    return np.concatenate([_flat(returned), moved])


def _trained(derivation, seed):
    short = replace(derivation, source=derivation.source.replace("range(1000)", "range(2)"))
    np.random.seed(seed)
    net = short.names()[derivation.name]()
    for name in vars(net):
        setattr(net, name, np.random.normal())
    X, y = derivation.example
    with contextlib.redirect_stdout(io.StringIO()):
        net.train(np.random.normal(size=X.shape), y)
    return _flat([vars(net)[k] for k in sorted(vars(net))])


def _fresh(x, rng):
    """Other numbers of the same kind."""
    if isinstance(x, dict):
        return {k: _fresh(v, rng) for k, v in x.items()}
    if isinstance(x, list):
        return [_fresh(v, rng) if isinstance(v, np.ndarray) else v for v in x]
    if isinstance(x, np.ndarray) and x.dtype.kind == "f" and not np.isin(x, (0.0, 1.0)).all():
        return rng.normal(size=x.shape)
    return x


def _flat(x):
    if isinstance(x, dict):
        return _flat([x[k] for k in sorted(x)])
    if isinstance(x, (list, tuple)):
        return np.concatenate([_flat(y) for y in x]) if x else np.zeros(0)
    return np.asarray(x, float).ravel()


def same(one, other):
    """Whether two outcomes are the same numbers."""
    if one is None or other is None or one.shape != other.shape:
        return False
    close = np.abs(one - other) <= SAME * (1 + np.abs(one))
    return bool(np.all(close | (np.isnan(one) & np.isnan(other))))


def a_convention(derivation, right, found):
    """Whether all derivatives are one constant times the right ones, which is no mistake.

    Up the gradient is one, where the code itself moves the parameters.
    """
    if derivation.style in ("numbers", "tutorial", "layers") or right.shape != found.shape:
        return False
    constant = float(found @ right / (right @ right))
    close = np.abs(found - constant * right).max() <= SAME * np.abs(right).max()
    return bool(constant and close and (constant > 0 or not derivation.lines("u")))


def a_tie(derivation, right, found):
    """Whether one of two gradients is a constant times the right one, and no loss is computed.

    Nobody can say then which of the two is by the constant that was meant.
    """
    if derivation.style == "script":
        return _two_rates(derivation, right, found)
    if derivation.style != "regression" or re.search("cost =|loss =", derivation.source):
        return False
    dw, dw_found = right[:3], found[:3]
    constant = float(dw_found @ dw / (dw @ dw))
    several = right.reshape(2, -1), found.reshape(2, -1)  # at two points
    ratios = [f[3] / r[3] for r, f in zip(*several)]
    close = np.abs(dw_found - constant * dw).max() <= SAME * np.abs(dw).max()
    return bool(close and constant and ratios[0] and abs(ratios[0] - ratios[1]) <= SAME)


def _two_rates(derivation, right, found):
    """Whether one of two arrays moves at another rate than the other, and neither rate is named."""
    if "+= 0.5 *" not in derivation.source and "-= 0.5 *" not in derivation.source:
        return False
    ends = np.cumsum([x.size for x in derivation.example])
    for i in np.split(np.arange(ends[-1]), ends[:-1]):  # at the first point
        constant = float(found[i] @ right[i] / (right[i] @ right[i])) if right[i].any() else 1.0
        if not constant or np.abs(found[i] - constant * right[i]).max() > SAME:
            return False
    return True


def of_another_loss(derivation, found):
    """Whether it is right by the cross-entropy, where the code does not say what its loss is."""
    way = {
        "nabla": (" * sigmoid_prime(zs[-1])", ""),
        "script": (r"l2_delta = l2_error \* .*?  #", "l2_delta = l2_error  #"),
    }.get(derivation.style)
    if way is None:
        return False
    pattern = way[0] if derivation.style == "script" else re.escape(way[0])
    other = replace(derivation, source=re.sub(pattern, way[1], derivation.source))
    right = outcome(other)
    return same(right, found) or a_convention(other, right, found)


def wrong_ones(derivation, kind, count, seed=0):
    """A sample of the mutants that run and are wrong, and those that change nothing."""
    right = outcome(derivation)
    everything = mutants(derivation, kind)
    random.Random(seed).shuffle(everything)
    wrong, equivalent = [], []
    for mutant in everything:
        if len(wrong) >= count:
            break
        found = outcome(mutant.derivation)
        if found is None or (found.shape == right.shape and not np.isfinite(found).all()):
            continue  # it ends with an error by itself, or gives no numbers
        known = same(right, found) or a_convention(derivation, right, found)
        known = known or a_tie(derivation, right, found)
        no_mistake = known or of_another_loss(derivation, found)
        (equivalent if no_mistake else wrong).append(mutant)
    return wrong, equivalent
