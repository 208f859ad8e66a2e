"""A person's code run with the recorder in it: a source, or one of its functions in a program."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from microgradnet.tape.entry import Place
from microgradnet.tape.flow import Watch
from microgradnet.tape.recorder import Recorder
from microgradnet.tape.rewriting import RECORDER, rewritten
from microgradnet.tape.tape import Int, Stop, Tape, is_numeric
from microgradnet.tape.trees import Span
from microgradnet.tape.trials import Trials

LIMIT = 100_000  # entries of a recording


@dataclass(slots=True)
class Recording:
    """What was seen of a run.

    trees: by file the trees as the person wrote them; names: those of the source, as the run left
    them; error: what stopped the code; has_stopped: whether the limit did; notes: what was made
    up; given: entries of the arguments of a call; returned: those of what it returned, in order.
    """

    trees: dict[str, ast.Module]
    tape: Tape
    names: dict[str, Any]
    error: BaseException | None = None
    has_stopped: bool = False
    notes: list[str] = field(default_factory=list)
    given: list[int] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)


Call = Callable[[Recording, Recorder], Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What is recorded: a source, the names it finds there already, and what is called after it.

    more: trees of other files that are run before it, with their names.
    """

    source: str | ast.Module
    file: str
    names: Mapping[str, Any] = field(default_factory=dict)
    call: Call | None = None
    more: Sequence[tuple[ast.Module, str]] = ()


def recorded(
    subject: Subject,
    limit: int = LIMIT,
    watch: Watch | None = None,
    sites: Mapping[Span, int] | None = None,
    trials: Trials | None = None,
) -> Recording:
    """Run a source with the recorder in it and return what was seen.

    limit: entries at most; watch: says of which loops enough was seen; sites, trials: statements
    beside which edited ones are tried. An error of the code is kept in the recording; a
    SyntaxError is raised.
    """
    source, file, places = subject.source, subject.file, list[Place]()
    several = [*subject.more, (source, file)]
    codes = [rewritten(text, name, places, sites) for text, name in several]
    recorder = Recorder(places, limit, watch, trials)
    recorder.files |= {name for _, name in several}
    module = types.ModuleType("__main__")
    module.__dict__.update(subject.names)
    module.__dict__.update({RECORDER: recorder, "__file__": file, "__name__": "__main__"})
    tree = ast.parse(source, file) if isinstance(source, str) else source
    trees = {file: tree, **{name: text for text, name in subject.more}}
    made = Recording(trees, recorder.tape, module.__dict__)
    try:
        with np.errstate(all="ignore"):
            for code in codes:
                exec(code, module.__dict__)
            if subject.call is not None:
                subject.call(made, recorder)
    except Stop:
        made.has_stopped = True
    except SystemExit:
        pass
    except Exception as error:
        made.error = error
    recorder.is_off = True
    return made


def given(recording: Recording, recorder: Recorder, x: Any) -> Any:
    """Return an argument whose numbers have entries: arrays are copied, whole numbers get one.

    Those of a list of labels, 0 and 1 only, are none that other numbers may stand for.
    """
    place = recorder.tape.places[0]
    if type(x) is dict:
        return {k: given(recording, recorder, v) for k, v in x.items()}
    if type(x) in (list, tuple):
        before = len(recording.given)
        made = type(x)([given(recording, recorder, v) for v in x])
        if len(x) > 1 and all(type(v) in (int, float) and v in (0, 1) for v in x):
            del recording.given[before:]
        return made
    x = Int(x) if type(x) is int else x
    if not is_numeric(x) or isinstance(x, (bool, np.bool_)):
        return x
    x = x.copy() if isinstance(x, (np.ndarray, np.generic)) else x
    x = x * 1.0 if type(x) is float else x
    recording.given.append(recorder.tape.source(x, place).number)
    return x


def attempted(recorder: Recorder, f: Callable[..., Any], *args: Any) -> bool:
    """Call more of the person's code, which may fail; return whether it did not."""
    tape = recorder.tape
    frame, depth = tape.frame, tape.depth()
    try:
        f(*args)
    except Exception:  # it was not made for this
        tape.unwind(frame, depth)
        return False
    return True
