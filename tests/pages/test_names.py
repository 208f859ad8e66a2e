"""A label is never a name of the page's JavaScript."""

import re
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

import microgradnet as mg
from microgradnet import Value
from microgradnet.drawing.anatomy import dissect
from microgradnet.export.javascript import RESERVED, source
from microgradnet.pages.stepping import Outputs, described

SCRIPTS = (Path(mg.__file__).parent / "pages" / "static").glob("*.js")
WORDS = {w for path in SCRIPTS for w in re.findall(r"[A-Za-z_]\w*", path.read_text("utf-8"))}
POOL = [*sorted(WORDS | RESERVED), "", "t2", "t_2", "program", "predict", "__proto__", "power"]


@given(st.lists(st.sampled_from(POOL), min_size=4, max_size=4))
@example(["inputs", "power", "Math", "t3"])
@example(["class", "class", "_class", "class_2"])
@example(["eval", "arguments", "await", "undefined"])
def test_each_name_is_declared_once_and_none_is_taken(labels):
    w, x = Value(2.0, labels[0]), Value(3.0, labels[1])
    h = mg.sigmoid(w * x) ** x
    h.label = labels[2]
    loss = (h - w) ** 2
    loss.label = labels[3]
    numbers = Outputs(dissect(loss))
    described(numbers)
    text = source(numbers.program())
    inputs, *lines = re.findall(r"^  const (.*) =(?= inputs;$| )", text, re.M)
    lines = [name for name in (inputs, *lines) if name != "power"]
    names = [name for line in lines for name in re.findall(r"[^\W\d][\w$]*|_\w*", line)]
    assert len(names) == len(set(names)), text
    assert not RESERVED & set(names), text
