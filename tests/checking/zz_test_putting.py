"""What is computed anew by the graph of a run alone is what running the code again gives."""

import numpy as np
import pytest

from microgradnet.checking.array_runs import Code
from microgradnet.checking.putting import Graph
from tests.marks import few
from tests.places import EXAMPLES

FILES = sorted(path.stem for path in (EXAMPLES / "dialects").glob("*.py"))
MASK = """\
import numpy as np

np.random.seed(0)
X, Y, W, V = (np.random.randn(*n) for n in [(4, 3), (4, 2), (3, 5), (5, 2)])
for i in range(3):
    Z = X @ W
    P = np.maximum(Z, 0) @ V
    loss = ((P - Y) ** 2).sum()
    dP = 2 * (P - Y)
    kept = dP
    dH = dP @ V.T
    dZ = dH * (Z > 0)
    if (dH ** 2).sum() > 1.0:
        dZ = dZ / 2
    V -= 0.1 * np.maximum(Z, 0).T @ kept
    W -= 0.1 * X.T @ dZ
"""


def runs(file):
    """The code of a file, and its graph."""
    code = Code(str(file), (), ()).with_drawn()
    return code, Graph(code.run(1)[0])


@pytest.mark.parametrize("name", few(FILES, 1))
def test_it_is_what_running_the_code_again_gives(name):
    code, graph = runs(EXAMPLES / "dialects" / f"{name}.py")
    known = 0
    for event in graph.trace.events:
        put = {event.index: event.numbers * 1.1}
        if event.value.size and (found := graph.written(put)) is not None:
            again, _ = code.run(1, put=put)
            assert len(found[0]) == len(again.events)
            known += 1
            for one, other in zip(found[0], again.events):
                np.testing.assert_allclose(one.numbers, other.numbers, rtol=1e-12)
            np.testing.assert_allclose(found[0][event.index].written, event.numbers, rtol=1e-12)
    assert known >= len(graph.trace.events) / 3


def at(graph, name):
    """The first event of a name."""
    return next(event for event in graph.trace.events if event.name == name)


@pytest.mark.parametrize(("name", "times"), [("kept", 1.1), ("dH", 1e-6), ("dP", -1e-6)])
def test_it_takes_the_code_where_an_older_name_or_a_branch_decides(tmp_path, name, times):
    """`kept` is dP too, which goes on as it was; of a dH near 0 no half is taken."""
    file = tmp_path / "net.py"
    file.write_text(MASK)
    _, graph = runs(file)
    event = at(graph, name)
    assert graph.written({event.index: event.numbers * times}) is None
    assert graph.written({event.index: np.ones((1, 1))}) is None
    assert graph.written({at(graph, "dP").index: at(graph, "dP").numbers * 1.1}) is not None
