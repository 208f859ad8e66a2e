"""Labels taken from the code that is generated, whatever the engine: no number changes.

Those that the tests of each room list: tests/programs/test_labels.py, tests/derivations/
test_names.py.
"""

import builtins
import re

import pytest

import microgradnet as mg
from microgradnet.export.javascript import source
from tests.marks import engines, sampled

pytestmark = pytest.mark.slow
PLAIN = ("w", "b", "x", "c", "v", "loss")
ROWS = [[2.0, 3.0], [-1.0, 0.5]]


def step(labels, engine="python"):
    """A step of training in which each row of the table occurs, and its leaves and loss."""
    w, b, x, c = (mg.Value(a, label) for a, label in zip((0.5, 0.25, 2.0, 3.0), labels))
    v = mg.exp(w * x) / (b * b + 1.0) + mg.sigmoid(w) * mg.softplus(b) - mg.tanh(c)
    v.label = labels[4]
    loss = mg.maximum(abs(v) ** 1.5, 0.1) + mg.where(x, w, c) + mg.hypot(x, b) * mg.atan2(b, c)
    loss = mg.leaky_relu(loss) + mg.minimum(mg.log1p(v * v), mg.expm1(w)) + mg.sqrt(c) ** w
    loss = mg.relu(loss) + mg.log(c) * mg.sin(x) - mg.cos(x) * mg.tan(b)
    loss.label = labels[5]
    following = [p - 0.01 * g for p, g in zip((w, b), mg.grad(loss, [w, b]))]
    return mg.compile([*following, loss], [w, b, x, c], engine), loss, [w, b]


def answers(labels, engine):
    program = step(labels, engine)[0]
    if engine == "jax":  # each way to run it compiles for seconds
        return repr(program.map([0.5, 0.25], ROWS).tolist())
    state, history = program.scan([0.5, 0.25], ROWS, 2)
    found = program(0.5, 0.25, 2.0, 3.0), program.map([0.5, 0.25], ROWS).tolist()
    return repr((found, program.mean([0.5, 0.25], ROWS).tolist(), state.tolist(), history.tolist()))


def generated():
    """All that is compiled while programs of every kind run, and what is written for people."""
    texts, compiled = [], builtins.compile

    def noting(text, *rest, **more):
        texts.append(text if isinstance(text, str) else "")
        return compiled(text, *rest, **more)

    builtins.compile = noting
    try:
        answers(PLAIN, "python")
        answers(PLAIN, "numpy")
    finally:
        builtins.compile = compiled
    program, loss, parameters = step(PLAIN)
    assert texts
    return "\n".join([*texts, str(program), source(program), mg.derive(loss, parameters)])


WORDS = sorted({*re.findall(r"[^\W\d]\w*", generated()), *dir(builtins), ""})


@engines
def test_each_word_of_the_code_is_a_label_like_any_other(engine):
    right = answers(PLAIN, engine)
    some = [WORDS[i : i + 5] for i in range(0, len(WORDS), 5)]  # as Python has names, all of them
    for words in some if engine == "python" else sampled(some) if engine != "jax" else some[:1]:
        labels = [*words, *PLAIN][: len(PLAIN)]
        assert answers(labels, engine) == right, labels
