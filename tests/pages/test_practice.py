"""Practice as data: what is asked, what is right, and what known mistakes would give."""

import math

import pytest

import microgradnet as mg
from microgradnet import Value
from microgradnet.__main__ import main
from microgradnet.drawing.anatomy import dissect
from microgradnet.pages.page import practice_page
from microgradnet.pages.practice import MISTAKES, SETS, questions
from microgradnet.pages.stepping import Outputs, Steps
from tests.pages.reading import data_of, written
from tests.strategies import pictured


class Asked:
    """The questions of a graph with their numbers, by what they ask."""

    def __init__(self, loss):
        self.numbers = Outputs(dissect(loss))
        self.steps = Steps(self.numbers)
        self.found = questions(self.steps)
        self.outputs = self.numbers.program()(*[x.data for x in self.numbers.leaves])
        self.by_name = {self.text(q["ask"]).removesuffix(" = "): q for q in self.found}

    def text(self, pieces):
        return written(pieces, self.outputs)

    def right(self, name):
        return self.outputs[self.by_name[name]["answer"]]

    def hints(self, name):
        return [self.text(hint) for hint in self.by_name[name]["hints"]]

    def wrong(self, name, mistake):
        return [self.outputs[at] for kind, at in self.by_name[name]["mistakes"] if kind == mistake]


@pytest.mark.parametrize("name", SETS)
def test_the_answers_are_those_of_backward(name):
    loss = SETS[name]()
    asked = Asked(loss)
    plan = list(asked.steps.plan())
    for q in asked.found:
        x, edge = plan[q["step"]]
        right = asked.outputs[q["answer"]]
        expected = x.data
        if q["kind"] == "local":
            node, i = edge
            numbers = [getattr(v, "data", v) for v in node.inputs]
            expected = node.operation.partials[i](*numbers, node.data)
        elif q["kind"] != "value":
            expected = mg.grad(loss, [x])[0].data
        assert right == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("name", SETS)
def test_a_number_is_asked_for_before_its_step_and_once_and_its_last_hint_is_arithmetic(name):
    """The hint computed as it stands, with four digits a number, is the answer."""
    asked = Asked(SETS[name]())
    steps = [q["step"] for q in asked.found]
    assert steps == sorted(steps)
    assert len(asked.by_name) == len(asked.found)
    plan = list(asked.steps.plan())
    last = {x: k for k, (x, edge) in enumerate(plan) if edge}
    for q in asked.found:
        if q["kind"] in ("gradient", "paths"):
            assert q["step"] == last[plan[q["step"]][0]]  # all paths are there
        _, figures = (asked.text(hint) for hint in q["hints"])
        form = figures.split(" = ", 1)[1].replace("×", "*").replace("²", "**2").replace("−", "-")
        found = eval(form, {"sigmoid": lambda x: 1 / (1 + math.exp(-x))})
        assert found == pytest.approx(asked.outputs[q["answer"]], rel=5e-3), figures


def test_sets_go_from_easy_to_hard_and_every_mistake_has_its_place():
    assert [len(Asked(make()).found) for make in SETS.values()] == [7, 8, 9, 14, 15]
    graphs = [*(make() for make in SETS.values()), pictured()[1]]
    met = {kind for loss in graphs for q in Asked(loss).found for kind, _ in q["mistakes"]}
    assert met == set(MISTAKES)


def test_known_mistakes():
    asked = Asked(pictured()[1])
    h2, w6, above = 0.7577, -1.3, -0.2709
    assert asked.right("d_L_d_w6") == pytest.approx(above * h2, rel=1e-3)
    assert asked.wrong("d_L_d_w6", "own_factor") == [pytest.approx(above * w6, rel=1e-3)]
    assert asked.wrong("d_L_d_w6", "sum_for_product") == [pytest.approx(above + h2, rel=1e-3)]
    assert asked.wrong("d_L_d_w6", "local_only") == [pytest.approx(h2, rel=1e-3)]
    y = 0.2261
    assert asked.right("∂y_pred/∂sum_o1") == pytest.approx(y * (1 - y), rel=1e-3)
    assert asked.wrong("∂y_pred/∂sum_o1", "value_for_slope") == [pytest.approx(y, rel=1e-3)]
    s = 1 / (1 + math.exp(-y))
    assert asked.wrong("∂y_pred/∂sum_o1", "slope_at_output") == [pytest.approx(s * (1 - s), 1e-3)]
    paths = asked.wrong("d_L_d_x2", "path")
    assert sum(paths) == pytest.approx(asked.right("d_L_d_x2"))
    assert len(paths) == 2


def test_hints_are_in_symbols_and_then_in_numbers():
    asked = Asked(SETS["sigmoid"]())
    assert asked.hints("∂h/∂z") == ["∂h/∂z = h × (1 - h)", "∂h/∂z = 0.6225 × (1 - 0.6225)"]
    assert asked.hints("u") == ["u = w × x", "u = 0.5 × 2"]


@pytest.mark.parametrize(
    "fn", [mg.tanh, mg.exp, mg.relu, lambda x: mg.hypot(x, 2.0), lambda x: x**x]
)
def test_any_operation_can_be_practised(fn):
    x = Value(0.7, "x")
    asked = Asked(fn(x) * 3.0)
    for q in asked.found:
        assert all(len(asked.text(hint)) < 120 for hint in q["hints"])
        assert math.isfinite(asked.outputs[q["answer"]])


def test_a_page_for_practice_has_its_questions_and_others_have_none():
    loss = pictured()[1]
    assert "practice" not in data_of(mg.page(loss))
    data = data_of(mg.page(loss, practice=True))["practice"]
    assert len(data["asked"]) == len(questions(Steps(Outputs(dissect(loss)))))


def test_practice_is_a_choice_or_a_heading_of_known_sets_and_languages():
    assert "<h1>My &lt;own&gt;</h1>" in mg.page(pictured()[1], practice="My <own>").html
    with pytest.raises(TypeError, match="practice is True, False or a heading, not 3"):
        mg.page(pictured()[1], practice=3)
    with pytest.raises(ValueError, match="a set is one of product, chain, shared, sigmoid, net"):
        practice_page("xor")
    with pytest.raises(ValueError, match="lang is one of en, zh, not 'fr'"):
        practice_page("net", "fr")


def test_on_the_command_line(tmp_path, capsys):
    assert main(["practice", "chain", "shared", "-o", str(tmp_path), "--lang", "zh"]) == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["practice-chain.html", "practice-shared.html"]
    assert "练习：复合函数" in (tmp_path / "practice-chain.html").read_text(encoding="utf-8")
    assert capsys.readouterr().out.count("wrote ") == 2
    assert main(["practice", "xor", "-o", str(tmp_path)]) == 2
    assert "a set is one of" in capsys.readouterr().err
