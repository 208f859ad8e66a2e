"""What is moved by a new name first, and then takes the old: `W_new = W - r * dW; W = W_new`."""

from __future__ import annotations

import ast
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from microgradnet.autograd.value import Value
from microgradnet.tracing.arrays import has_values
from microgradnet.tracing.events import Event, is_computed, is_shifted, same_nodes
from microgradnet.tracing.rewriting import Statement

__all__ = ["Renaming"]


@dataclass
class Renaming:
    """What names had when statements gave them something else, in a run.

    events, statements: what it has noted; steps: how many statements ran before each, by number;
    had: what each name had, by the statement and the name.
    """

    events: Sequence[Event]
    statements: MutableMapping[int, Statement]
    steps: MutableMapping[int, int]
    had: dict[tuple[int, str], object] = field(default_factory=dict)

    def moved(self, name: str, number: int, value: object) -> object:
        """Return what a name had, if what a statement gave it is that, moved; else None.

        The statement is known by minus its number as one that moves: where that was computed.
        """
        had = self.had.pop((number, name), None)
        if not isinstance(had, (Value, np.ndarray, float)) or not has_values(value):
            return None
        old = np.array(had, dtype=object)
        if is_computed(old) or not is_shifted(old, value):
            return None
        now, statement = np.array(value, dtype=object), self.statements[number]
        if isinstance(getattr(statement.node, "value", None), ast.BinOp):
            return None  # a state: it is computed here, and not from the name
        self.steps[-number] = self.steps[number]
        own = (e for e in reversed(self.events) if e.statement.function == statement.function)
        for made in (e for e in own if same_nodes(e.value, now)):
            statement, self.steps[-number] = made.statement, made.step
            break
        self.statements[-number] = replace(statement, number=-number, goes_on=True)
        return had
