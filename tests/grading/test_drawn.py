"""`check --draw`: the picture or the page of a report that a child process made."""

import pytest

from microgradnet.__main__ import main
from tests.checking import spoilt
from tests.marks import can_render

FILE = f"{spoilt.__file__}:by_hand"


@pytest.mark.slow
@can_render
def test_the_picture_and_the_page_are_written(tmp_path, capsys):
    assert main(["check", FILE, "--draw", str(tmp_path / "a.svg")]) == 1
    assert "uses x[0] where" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert main(["check", FILE, "--draw", str(tmp_path / "a.html"), "--lang", "zh"]) == 1
    assert "推导的检查结果" in (tmp_path / "a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("more", [["--hide-answers"], ["--hide-answers", "--require", "d_L_d_w1"]])
def test_a_picture_shows_answers(more, tmp_path, capsys):
    assert main(["check", FILE, "--draw", str(tmp_path / "a.svg"), *more]) == 2
    assert "--draw shows the right answers: leave out --hide-answers" in capsys.readouterr().err
    assert not (tmp_path / "a.svg").exists()
