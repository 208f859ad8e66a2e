"""What the page promises: one file that steps through backpropagation and asks for nothing."""

import pytest

import microgradnet as mg
from microgradnet import Value
from tests.pages.reading import data_of
from tests.strategies import trained, tutorial


def page():
    return mg.page(tutorial()[1])


def test_a_page_is_one_html_file(tmp_path):
    path = page().save(tmp_path / "net.html")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_page_asks_for_nothing():
    assert "default-src 'none'" in page().html
    assert 'src="' not in page().html


def test_a_page_knows_every_value_of_the_graph():
    assert len(data_of(page())["nodes"]) == 20


def test_a_page_lets_every_leaf_be_changed():
    data = data_of(page())
    names = [data["nodes"][leaf["node"]]["name"] for leaf in data["leaves"]]
    assert set(names) == {*(f"w{i}" for i in range(1, 7)), "b1", "b2", "b3", "x1", "x2", "y_true"}


def test_parameters_are_trained_and_inputs_are_not():
    data = data_of(page())
    trains = {data["nodes"][leaf["node"]]["name"]: leaf["trained"] for leaf in data["leaves"]}
    assert trains["w1"]
    assert not trains["x1"]


def test_the_steps_go_forward_first_and_then_back():
    phases = [step["phase"] for step in data_of(page())["steps"]]
    assert phases[0] == "forward"
    assert phases == sorted(phases, reverse=True)


def test_going_back_starts_at_the_loss():
    steps = [step for step in data_of(page())["steps"] if step["phase"] == "backward"]
    assert steps[0]["text"] == ["d_L_d_L = 1"]


def test_a_page_speaks_chinese_too():
    html = mg.page(tutorial()[1], lang="zh").html
    assert "一步一步看反向传播" in html


def test_a_training_is_a_page_with_its_states():
    _, history = trained(epochs=20, snapshots=4)
    assert data_of(mg.page(history))["history"]["epochs"] == [0, 5, 10, 15, 20]


def test_a_graph_too_large_for_a_page_is_refused():
    x = Value(1.0, "x")
    for _ in range(300):
        x = mg.sin(x)
    with pytest.raises(ValueError, match="this graph has 301 values, and a page holds at most 300"):
        mg.page(x)
