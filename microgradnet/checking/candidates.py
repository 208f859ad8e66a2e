"""What in a file derives: functions, and methods of classes, told by their names and calls."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping

from microgradnet.checking.binding import derivatives
from microgradnet.checking.claims import claim
from microgradnet.tracing.parsing import parts_of

__all__ = ["called", "candidates", "method_of", "methods_of", "trains_by_itself"]

TRAINING = ("train", "fit", "backprop", "backward", "step", "update", "train_step", "loss")


def candidates(own: Mapping[str, object], method: str) -> list[str]:
    """Return the names of what derives, or calls what does; what no other calls comes first."""
    known = [k for k, v in own.items() if _derives(v, method)]
    calls = {k: set(called(v)) for k, v in own.items()}
    while more := [k for k in own if k not in known and calls[k] & {*known}]:
        known += more
    order = [k for k in own if k in known]
    used = {name for k in order for name in calls[k] - {k}}
    return sorted(order, key=lambda k: k in used)


def called(found: object) -> Iterator[str]:
    """Yield the names that a function, or the methods of a class, look up outside themselves."""
    functions = vars(found).values() if inspect.isclass(found) else [found]
    for function in functions:
        code = getattr(function, "__code__", None)
        yield from code.co_names if code is not None else ()


def _derives(found: object, method: str = "") -> bool:
    """Whether a function, or a method of a class, has names like derivatives or updates."""
    if inspect.isclass(found):
        methods = {k: x for k, x in vars(found).items() if k != "__init__"}
        several = [getattr(found, method, None)] if method else methods.values()
        return any(_derives(function) for function in several)
    plain = inspect.unwrap(getattr(found, "__func__", found)) if callable(found) else None
    if not inspect.isfunction(plain):
        return False
    code = plain.__code__
    names = (*code.co_varnames, *(x for x in code.co_consts if isinstance(x, str)))
    said = bool(derivatives(plain)) or any(claim(n, ()) for n in names if n.isidentifier())
    return said or any(_moves(x) or _is_kept(x) for x in parts_of(plain))


def _is_kept(node: ast.AST) -> bool:
    """Whether something is given to an attribute that is called a derivative, or to an entry."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    for target in targets:
        while isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Attribute) and claim(target.attr, ()):
            return True
    return False


def trains_by_itself(script: ast.AST) -> bool:
    """Whether a script moves parameters itself, and not only the functions and classes in it."""
    several = (ast.Name, ast.Subscript, ast.Attribute)
    inside = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    left = [n for n in ast.iter_child_nodes(script) if not isinstance(n, inside)]
    return any(_moves(n, several) or trains_by_itself(n) for n in left)


def _moves(node: ast.AST, targets: tuple[type, ...] = (ast.Attribute,)) -> bool:
    """Whether something is `self.who += self.lr * np.dot(errors, inputs.T)`: a parameter moved.

    Or `self.who = self.who + ...`.
    """
    if not isinstance(node, ast.AugAssign | ast.Assign):
        return False
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    parts = [*ast.walk(node.value)]
    read = {ast.unparse(n) for n in parts if isinstance(n, targets)}
    goes_on = isinstance(node, ast.AugAssign) or ast.unparse(target) in read
    scaled = any(isinstance(n, ast.BinOp) and isinstance(n.op, ast.Mult) for n in parts)
    return isinstance(target, targets) and goes_on and scaled


def method_of(kind: object, usual: str = "") -> str:
    """Return the method that trains: it has derivatives or updates, or calls one that has."""
    names = dict.fromkeys([*filter(None, [usual]), *TRAINING, *vars(kind), *dir(kind)])
    found = [n for n in names if _is_method(n) and _derives(getattr(kind, n, None))]
    return found[0] if found else usual or "train"


def _is_method(name: str) -> bool:
    return name[:2] != "__" or name == "__call__"


def methods_of(kind: type) -> list[str]:
    """Return the methods that derive, or call what does; what no other calls comes first."""
    own = {k: x for k, x in vars(kind).items() if inspect.isfunction(x) and _is_method(k)}
    return candidates(own, "")
