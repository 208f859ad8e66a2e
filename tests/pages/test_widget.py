"""The page as a widget: traits both ways, in Python, in an executed notebook, in a browser."""

import math
import re

import pytest

import microgradnet as mg
from tests.marks import can_render
from tests.strategies import tutorial

pytestmark = can_render


@pytest.fixture
def live():
    pytest.importorskip("anywidget", reason="needs the extra widget")
    net, loss = tutorial()
    made = mg.widget(loss)
    yield net, made
    made.close()


def test_inputs_are_the_numbers_of_the_leaves_by_name(live):
    net, widget = live
    names = [*net.state_dict(), "x1", "x2", "y_true"]
    assert sorted(widget.inputs) == sorted(names)
    assert {name: widget.inputs[name] for name in net.state_dict()} == net.state_dict()


def test_what_the_page_tells_is_the_data_of_the_values(live):
    net, widget = live
    told = dict(widget.get_state()["inputs"], w1=2.5, b3="inf")
    widget.set_state({"inputs": told, "step": 7, "selected": "h1"})
    assert net.state_dict()["w1"] == 2.5
    assert net.state_dict()["b3"] == math.inf
    assert (widget.step, widget.selected) == (7, "h1")


def test_numbers_that_python_changes_are_sent(live):
    net, widget = live
    seen = []
    widget.observe(lambda change: seen.append(change["new"]["w1"]), "inputs")
    net.parameters()[0].data = -1.5
    widget.refresh()
    assert seen == [-1.5]
    widget.inputs = {"w1": 4}
    assert net.parameters()[0].data == 4.0
    assert widget.inputs["w2"] == net.parameters()[1].data
    net.parameters()[0].data = math.nan  # JSON has no such number
    widget.refresh()
    widget.refresh()  # nan is not another number than nan
    assert widget.get_state()["inputs"]["w1"] == "nan"


@pytest.mark.parametrize(
    ("trait", "value", "says"),
    [
        ("inputs", {"w10": 1.0}, "no 'w10' among the inputs: w1, "),
        ("inputs", {"w1": "1"}, "w1 is a number, not '1'"),
        ("step", -1, "step is from 0 to 30, not -1"),
        ("selected", "h3", "no 'h3' in the graph: w1, "),
    ],
)
def test_what_is_not_there_is_refused(live, trait, value, says):
    import traitlets

    before = live[1].inputs
    with pytest.raises(traitlets.TraitError, match=says):
        setattr(live[1], trait, value)
    assert live[1].inputs == before


def test_where_no_widgets_are_shown_the_page_opens_as_it_was_left(live):
    net, widget = live
    data, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"] == mg.page(tutorial()[1])._repr_html_()
    net.parameters()[0].data = 2.5
    widget.refresh()
    widget.step, widget.selected = 3, "h1"
    page = widget._repr_mimebundle_()[0]["text/html"]
    address = re.search("opens&quot;:&quot;(.*?)&quot;", page)[1]
    h1 = widget.names.index("h1")
    assert address == f"step=3&amp;of={h1}&amp;numbers=0%3A2.5"


def test_names_that_stand_twice_are_told_apart():
    pytest.importorskip("anywidget", reason="needs the extra widget")
    widget = mg.widget(mg.Value(2.0, "w") * mg.Value(3.0, "w"))
    assert widget.inputs == {"w": 2.0, "w (2)": 3.0}
    widget.close()


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "microgradnet.pages.live", None)
    with pytest.raises(ImportError, match=r"widget needs anywidget: .*\[widget\]"):
        mg.widget(mg.Value(2.0, "w") * 3)
