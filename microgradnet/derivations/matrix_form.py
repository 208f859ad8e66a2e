"""Print the derivation for a batch in matrices, from the recorded scalar graph."""

from __future__ import annotations

import textwrap
from collections.abc import Container, Sequence
from dataclasses import replace

from microgradnet.autograd.graph import describe, made_after, operands, reachable
from microgradnet.autograd.labels import PARAMETERS, label_of
from microgradnet.autograd.value import Computed, Value
from microgradnet.derivations.naming import Labels, Naming
from microgradnet.derivations.printing import Text, Writer, number, written
from microgradnet.derivations.spelling import ATOM, Term, shared_parts
from microgradnet.operations.lines import Lines, Symbol
from microgradnet.operations.operation import Op, Operand
from microgradnet.programs.lifting import lift
from microgradnet.programs.program import Program, numbered

__all__ = ["matrix_form"]

SHAPES = ("For all samples: ", "A column for each of n samples: ")


def matrix_form(loss: Value, parameters: Sequence[Value]) -> str:
    """Return the source of `derivatives(...)` on arrays; see `derive`.

    Raises ValueError where the graph has no leaf besides the parameters, so that there is no batch.

    >>> import numpy as np
    >>> w, b, x, y = (Value(0.5, name) for name in ("w", "b", "x", "y"))
    >>> made = {}
    >>> exec(matrix_form((w * x + b - y) ** 2, [w, b]), made)
    >>> w, b, x, y = np.array([[1.0]]), np.array([[0.0]]), np.array([[1.0, 2.0]]), np.zeros((1, 2))
    >>> loss, d_L_d_w, d_L_d_b = made["derivatives"](w, b, x, y)
    >>> float(loss), d_L_d_w.tolist(), d_L_d_b.tolist()
    (2.5, [[5.0]], [[3.0]])
    """
    leaves, inner = reachable(loss)
    given = dict.fromkeys(parameters)
    held = [x for x in leaves if x not in given and label_of(x, "role") in PARAMETERS]
    shared = [*given, *sorted(held, key=made_after)]
    columns = sorted(set(leaves) - set(shared), key=made_after)
    if not columns:
        raise ValueError(
            f"{describe(loss)} is made of parameters alone: to derive for a batch, "
            "give the numbers of a sample as Values, which become arrays"
        )
    return _Recorded(loss, shared, columns, inner).source(len(given))


class _Recorded:
    """The forward and backward pass as lines, one for each operation of the table."""

    def __init__(
        self,
        loss: Value,
        shared: Sequence[Value],
        columns: Sequence[Value],
        inner: Sequence[Computed],
    ) -> None:
        self.loss, self.shared, self.inner = loss, shared, inner
        self.lines = Lines()
        self.helpers: dict[str, Op] = {}
        self.symbols: dict[Value, Operand] = {x: self.lines.input() for x in (*shared, *columns)}
        self.slopes: dict[int, int] = {}
        self.n_columns = len(columns)
        for node in inner:
            self.symbols[node] = self.applied(node.operation, self.operands(node))
        self.n_forward = self.lines.n_inputs + len(self.lines.lines)
        gradients = self.swept()
        self.outputs = [self.symbols[loss], *(gradients.get(x, 0.0) for x in shared)]

    def operands(self, node: Computed) -> list[Operand]:
        """Return the symbols or numbers that a node is computed from."""
        return [self.symbols[x] if isinstance(x, Value) else x for x in node.inputs]

    def applied(self, op: Op, operands: Sequence[Operand]) -> Operand:
        """Return a function of one input as a line by its name, else the lines of its formula."""
        if op.arity == 1 and not op.primitive and type(operands[0]) is Symbol:
            self.helpers[op.name] = op
            return self.lines.add(op, tuple(operands))
        return Symbol.apply(op, operands)

    def swept(self) -> dict[Value, Operand]:
        """Return the derivatives of the loss, by backpropagation."""
        depends: set[Value] = set(self.shared)
        for node in self.inner:
            if not depends.isdisjoint(operands(node)):
                depends.add(node)
        found: dict[Value, Operand] = {self.loss: 1.0}
        for node in reversed(self.inner):
            if node not in found:
                continue
            gradient = found[node]
            out = self.symbols[node]
            both = type(gradient) is Symbol and type(out) is Symbol
            if both and (node.label or gradient.index not in self.slopes):
                self.slopes[gradient.index] = out.index
            slopes = self.local(node, out)
            for i in node.operation.order:
                x = node.inputs[i]
                if isinstance(x, Value) and x in depends:
                    part = gradient * slopes[i]
                    found[x] = found[x] + part if x in found else part
        return found

    def local(self, node: Computed, out: Operand) -> Sequence[Operand]:
        """Return the derivatives of a node by its inputs; a function's is a named function."""
        op, operands = node.operation, self.operands(node)
        if op.arity == 1 and (not op.primitive or op.name == "tanh"):
            name = f"deriv_{op.name}"
            self.helpers[name] = op
            return [self.lines.add(replace(op, name=name), tuple(operands))]
        return op.slopes(operands, out)

    def program(self) -> Program:
        """Return the recorded lines as a program."""
        n = self.lines.n_inputs
        every = range(n + len(self.lines.lines))
        lines = tuple(
            (op.name, tuple([numbered(x, every) for x in operands]))
            for op, operands in self.lines.lines
        )
        outputs = tuple([numbered(x, every) for x in self.outputs])
        return Program(("",) * (n + len(lines)), n, lines, outputs)

    def labels(self) -> Labels:
        """Return labels as names; the output of a net is named y_pred."""
        names: dict[int, str] = {}
        outputs: list[Value] = [x for x in self.inner if label_of(x, "role") == "output"]
        for i, (x, symbol) in enumerate(self.symbols.items()):
            label = str(x.label) or (f"p{i + 1}" if i < self.lines.n_inputs else "")
            if x in outputs and x is not self.loss:
                label = "y_pred" if len(outputs) == 1 else f"y_pred{outputs.index(x) + 1}"
            if label and type(symbol) is Symbol:
                names.setdefault(symbol.index, label)
        loss = str(self.loss.label) or "L"
        if type(self.symbols[self.loss]) is Symbol:
            names.pop(self.symbols[self.loss].index, None)
        return Labels(names, self.slopes, loss, frozenset(self.helpers))

    def all_helpers(self) -> list[tuple[str, Op]]:
        """Return the helper functions and those that they call, derivatives last."""
        stack = [_result(name, op) for name, op in self.helpers.items()]
        while stack:
            x = stack.pop()
            if isinstance(x, Term):
                if x.op and x.op.arity == 1 and not x.op.primitive and x.name not in self.helpers:
                    self.helpers[x.name] = x.op
                    stack.append(_result(x.name, x.op))
                stack += x.inputs
        return sorted(self.helpers.items(), key=lambda item: item[0].startswith("deriv_"))

    def source(self, n_wanted: int) -> str:
        """Return the text: helper functions, then the derivation."""
        program, labels, n = self.program(), self.labels(), len(self.shared)
        given = Naming(lift(program, n, means=True), labels, range(n)).given
        lifted = lift(program, n, means=True, arrays=[x.grid for x in given])
        writer = Writer(lifted, labels, range(n))
        passes: list[list[str]] = [[], []]
        for line, text in writer.statements():
            passes[line >= self.n_forward].append(text)
        more, names = writer.results(range(n_wanted))
        forward, backward = passes
        lines = [*_head(writer.naming), "", "# Forward pass.", *forward]
        lines += ["", "# Backward pass: from the loss to the parameters.", *backward, *more]
        lines.append(f"return {', '.join(names)}")
        arguments = [x.name for x in (*writer.naming.given, *writer.naming.columns)]
        body = textwrap.indent("\n".join(lines), "    ")
        helpers = [_defined(name, op, self.helpers) for name, op in self.all_helpers()]
        function = f"def derivatives({', '.join(arguments)}):\n{body}\n"
        return "\n\n\n".join(["import numpy as np", *helpers, function])


def _head(naming: Naming) -> list[str]:
    """Return the shapes of the given arrays as comments, and the line that sets n."""
    given = [f"{x.name}~({len(x.grid)},~{x.grid.shape[1]})" for x in naming.given]
    columns = [f"{x.name}~({len(x.grid)},~n)" for x in naming.columns]
    lines = []
    for text, shapes in zip(SHAPES, (given, columns)):
        lines += textwrap.wrap(f"{text}{', '.join(shapes)}", 88)
    comments = [f"# {line}".replace("~", " ") for line in lines]
    return [*comments, f"n = {naming.columns[0].name}.shape[1]"]


def _defined(name: str, op: Op, helpers: Container[str]) -> str:
    """Return the definition of a function of one array, from the formula of its operation."""
    result = _result(name, op)
    statements = []
    for i, part in enumerate(shared_parts(result)):
        bound = f"t{i + 1}" if i else "t"
        statements.append(f"{bound} = {_spelled(part, helpers)[0]}")
        part.name, part.op, part.inputs = bound, None, ()
    statements.append(f"return {_spelled(result, helpers)[0]}")
    return "\n    ".join([f"def {name}(z):", *statements])


def _result(name: str, op: Op) -> Term | float:
    """Return the expression that a helper function of z computes."""
    z = Term("z")
    is_slope = name.startswith("deriv_")
    found: Term | float = op.partials[0](z, Term.apply(op, (z,))) if is_slope else op.value(z)
    return found


def _spelled(x: Term | float, helpers: Container[str]) -> Text:
    if isinstance(x, float):
        return number(x)
    if x.op is None:
        return x.name, ATOM
    return written(x.name, [_spelled(y, helpers) for y in x.inputs], helpers)
