"""Reports in Chinese: of English there are names and code, nothing else; columns stay columns."""

import io
import re
import sys

import pytest

import microgradnet as mg
from microgradnet.words.terminal import columns
from tests.checking.dialects import BY_FUNCTION, MISTAKES, module
from tests.checking.handmade import FUNCTION, TRAINER, check, check_training, spoil
from tests.checking.handmade import MISTAKES as OF_THE_TUTORIAL
from tests.docs.catalogue import CASE, text_of
from tests.marks import few

WORD = re.compile(r"[A-Za-z_]\w+")
# NumPy's axes, our own names that a sentence speaks of, and those of the steps of a graph
OURS = {"report", "point", "Value", "nan", "inf", "axis", "None", "update", "forward", "mse"}
OURS |= {"y_pred", "ypred", "y_true", "log", "mul", "add", "sub", "div", "dL"}
FULL = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def english_in(report, source):
    """The words of a Chinese report that are neither in the source nor a name of ours."""
    text = report if isinstance(report, str) else report.text("zh", all=True)
    assert FULL.search(text)
    known = {*WORD.findall(source), *OURS}
    known |= {f"d{name}" for name in known}  # dL/dW of W
    return sorted({word for word in WORD.findall(text) if word not in known})


@pytest.mark.parametrize(("name", "old", "new"), few(MISTAKES, 0))
def test_a_wrong_dialect_is_told_in_chinese(name, old, new, tmp_path):
    made = module(name, tmp_path, (old, new))
    source = next(tmp_path.glob("*.py")).read_text(encoding="utf-8")
    report = BY_FUNCTION[name](made)
    assert not report
    assert english_in(report, source) == []


@pytest.mark.parametrize(("old", "new", "row", "words"), few(OF_THE_TUTORIAL, 1))
def test_a_wrong_derivation_of_the_tutorial_is_told_in_chinese(old, new, row, words):
    source = spoil(FUNCTION, old, new)
    assert english_in(check(source), source) == []


@pytest.mark.slow
def test_a_training_loop_of_the_tutorial_is_told_in_chinese():
    old, new = "d_L_d_ypred = -2 *", "d_L_d_ypred = 2 *"
    source = spoil(TRAINER, old, new)
    assert english_in(check_training(source), source) == []


def test_the_catalogue_of_mistakes_has_chinese_reports():
    cases = CASE.findall(text_of("mistakes.zh.md"))
    found = {heading: english_in(report, code) for heading, code, report in cases}
    assert {heading: words for heading, words in found.items() if words} == {}


def test_the_lines_of_a_table_are_as_wide_as_each_other():
    w = mg.Value(2.0, "w1")
    report = mg.compare(w * w, {"d_L_d_w1": 8.0}, witness=True)
    lines = report.text("zh").splitlines()
    assert len({columns(line) for line in lines[:5]}) == 1
    assert "导数" in lines[1]
    assert "错误" in lines[3]


def test_a_notebook_shows_chinese_too(monkeypatch):
    monkeypatch.setenv("MICROGRADNET_LANG", "zh")
    w = mg.Value(2.0, "w1")
    shown = mg.compare(w * w, {"d_L_d_w1": 8.0})._repr_mimebundle_()["text/html"]
    assert ">判定</th>" in shown
    assert "多了因子 2" in shown


def test_an_error_of_the_checker_says_it_in_chinese_too(monkeypatch):
    monkeypatch.setenv("MICROGRADNET_LANG", "zh")
    with pytest.raises(TypeError, match="compare takes a dict of derivatives") as caught:
        mg.compare(mg.Value(1.0), 3)
    assert caught.value.__notes__ == ["compare 需要一个导数的字典，而不是 int"]


def test_an_error_of_the_checker_is_english_alone_in_english():
    with pytest.raises(TypeError) as caught:
        mg.check(3)
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("ascii", "1 wrong"), ("cp1252", "1 wrong"), ("gbk", "错误 1 个"), ("utf-8", "错误 1 个")],
)
def test_a_stream_without_chinese_letters_gets_english(encoding, said, monkeypatch):
    monkeypatch.setenv("MICROGRADNET_LANG", "zh")
    w = mg.Value(2.0, "w1")
    report = mg.compare(w * w, {"d_L_d_w1": 8.0}, witness=True)
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    print(report)
    stream.flush()
    assert said in stream.buffer.getvalue().decode(encoding)


def test_an_error_of_another_process_says_it_in_chinese_too(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROGRADNET_LANG", "zh")
    with pytest.raises(FileNotFoundError) as caught:
        mg.check_file(tmp_path / "nowhere.py")
    assert caught.value.__notes__ == [f"没有文件 {tmp_path / 'nowhere.py'}"]
