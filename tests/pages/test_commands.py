"""`microgradnet draw|page|explain|derive FILE:NAME`: people's own code, shown as it stands."""

import math
import re

import pytest

import microgradnet as mg
from microgradnet.__main__ import main
from tests.marks import can_render
from tests.sources import text_of

CODE = text_of("shown")


@pytest.fixture
def said(tmp_path, capsys, monkeypatch):
    """Runs a command on a name of the code; returns the exit status and what was printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(CODE)

    def run(command, name, *options):
        status = main([command, f"net.py:{name}", *options])
        out, err = capsys.readouterr()
        return status, out + err

    return run


@can_render
@pytest.mark.parametrize("name", ["by_hand", "OurNeuralNetwork", "net", "made", "loss"])
def test_each_kind_of_thing_is_drawn_and_has_a_page(said, tmp_path, name):
    status, text = said("draw", name)
    assert status == 0, text
    assert text.endswith(f"wrote out/{name}.svg\n")
    assert b"<svg" in (tmp_path / "out" / f"{name}.svg").read_bytes()
    assert "said by the file" not in text
    status, text = said("page", name, "--lang", "zh", "-o", "here.html")
    assert (status, text.splitlines()[-1]) == (0, "wrote here.html")
    assert 'lang="zh-Hans"' in (tmp_path / "here.html").read_text(encoding="utf-8")


def test_explain_writes_the_chain_rule_of_a_class_with_its_own_numbers(said):
    status, text = said("explain", "OurNeuralNetwork")
    assert status == 0
    o1 = 1 / (1 + math.exp(-(0.5 * -2 + 0.25 + 0.125)))  # for the first row, target 1
    assert re.findall(r"d_L_d_o1 += 2 × .* = (.*)", text) == [f"{2 * (o1 - 1):.4g}"] * 3
    names = re.findall(r"^(d_L_d_\w+) = d_L_d_o1 × d_o1_d_", text, re.M)
    assert names == ["d_L_d_w1", "d_L_d_w2", "d_L_d_b1"]


def test_derive_prints_the_lesson_unless_told_otherwise(said):
    status, lesson = said("derive", "loss", "--by", "w1")
    assert status == 0
    assert "d_L_d_w1 = d_L_d_ypred * d_ypred_d_h1 * d_h1_d_w1" in lesson
    assert said("derive", "loss", "--form", "numbers") == said("derive", "loss", "--exact")
    assert "(y_pred - 1) ** 2" in lesson
    assert "square(y_pred - 1)" in said("derive", "loss", "--exact")[1]


def test_derive_prints_source_that_agrees_with_backward(said):
    status, text = said("derive", "loss", "--exact", "--by", "w5", "b3")
    assert status == 0
    names = {}
    exec(text, names)
    net = mg.MLP(2, [2, 1], seed=0)
    mg.mse(net([1, 2]), 1).backward()
    found = names["derivatives"](**net.state_dict())
    right = {name: p.grad for name, p in net.named_parameters()}
    assert (found["d_L_d_w5"], found["d_L_d_b3"]) == (right["w5"], right["b3"])
    assert "d_L_d_w1" not in found


def test_what_nobody_gives_is_chosen_and_said(said):
    status, text = said("explain", "by_hand", "--by", "w")
    assert status == 0
    assert text.startswith("# chosen, since the file has no such numbers (give them with --at): w")
    status, text = said("explain", "by_hand", "--at", "w=0.5", "x=1,2", "y_true=1")
    assert status == 0
    assert "chosen" not in text
    assert "d_L_d_w = " in text
    assert "d_L_d_b = " in text
    assert "d_L_d_x" not in text


def test_arrays_are_drawn_by_their_elements(said):
    status, text = said("explain", "layer", "--at", "x=1,2,3", "--by", "W[0, 2]")
    assert status == 0, text
    assert text.startswith("d_L_d_W_0_2 = d_L_d_h_0 × d_h_0_d_W_0_2\n")


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("words", (), "TypeError: 'three' has no graph: name a Value, a net, a function"),
        ("absent", (), "NameError: no absent in net.py; it has sigmoid, by_hand"),
        ("net", ("--by", "w9"), "ValueError: no w9 in the graph; it has w1, w2, b1, w3"),
        ("by_hand", ("--at", "w=a"), "ValueError: --at takes names and numbers, as w1=0.5 x=1,2"),
        ("sigmoid", ("--at", "x=1,2"), "TypeError: it gives 2 numbers, and the file no target"),
        ("two", (), "TypeError: it gives 2 numbers, and the file no target y for them"),
    ],
)
def test_what_cannot_be_shown_says_why_and_what_to_write(said, name, options, says):
    status, text = said("explain", name, *options)
    assert status == 2
    assert says in text


def test_a_file_without_a_name_lists_its_names_and_the_version_is_told(said, capsys):
    assert main(["draw", "net.py"]) == 2
    assert "add a name of net.py, such as net.py:loss; it has " in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"microgradnet {mg.__version__}\n"
