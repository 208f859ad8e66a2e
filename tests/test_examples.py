"""The examples: each runs as a program, in time, prints its numbers and writes its pictures."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def gender(tmp_path_factory):
    pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("gender")
    start = time.perf_counter()
    command = [sys.executable, str(EXAMPLES / "gender.py")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return folder, done, time.perf_counter() - start


def test_it_prints_the_tutorials_numbers(gender):
    _, done, _ = gender
    assert "0.9999999992417439" in done.stdout
    assert "0.7310585786300049" in done.stdout
    assert done.stderr == ""


def test_it_finds_all_21_derivatives_right(gender):
    _, done, _ = gender
    assert len(re.findall(r"│ d_\w+_d_\w+ .*│ right ", done.stdout)) == 21
    assert "All right." in done.stdout


def test_it_prints_a_loss_each_100_epochs_and_they_fall(gender):
    _, done, _ = gender
    losses = [float(x) for x in re.findall(r"epoch +\d+00 +loss ([\d.]+)", done.stdout)]
    assert len(losses) == 10
    assert losses[-1] < losses[0] / 5


def test_it_predicts_all_eight_people(gender):
    _, done, _ = gender
    numbers = {
        who: float(p) for who, p in re.findall(r"│ (\w+) .*│ +([\d.]+) │$", done.stdout, re.M)
    }
    assert numbers["Emily"] > 0.9
    assert numbers["Frank"] < 0.1
    assert [round(numbers[str(i)]) for i in range(1, 7)] == [0, 1, 1, 0, 1, 0]


def test_it_writes_the_pictures_and_says_where(gender):
    folder, done, _ = gender
    for name in ("gender.svg", "gender.png", "gender_loss.png"):
        assert f"{Path('out') / name}" in done.stdout
        assert (folder / "out" / name).stat().st_size > 5_000


def test_it_takes_less_than_5_seconds(gender):
    assert gender[2] < 5
