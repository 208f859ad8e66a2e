"""The command line in Chinese: the report, the marks, what is wrong with a file."""

import json

import pytest

from microgradnet.__main__ import main
from microgradnet.grading import workers
from tests.checking.handmade import FUNCTION, spoil
from tests.grading.homework import in_this_process

SOURCE = spoil(FUNCTION, "d_L_d_ypred = -2 *", "d_L_d_ypred = 2 *")


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "check_file", in_this_process)
    found = tmp_path / "net.py"
    found.write_text(SOURCE, encoding="utf-8")
    return str(found)


@pytest.mark.slow
def test_a_report_is_in_the_language_that_is_asked_for(file, capsys):
    assert main(["check", file, "--lang", "zh"]) == 1
    said = capsys.readouterr().out
    assert "错误 1 个、受牵连 9 个、正确 11 个" in said
    assert "  符号错了\n" in said
    assert "另有 9 个受 d_L_d_ypred 牵连" in said


@pytest.mark.slow
def test_all_shows_what_only_follows(file, capsys):
    assert main(["check", file, "--all"]) == 1
    said = capsys.readouterr().out
    assert "│   d_L_d_w1 " in said
    assert "follows from d_L_d_ypred" in said


@pytest.mark.slow
def test_json_is_english_unless_a_language_is_asked_for(file, capsys, monkeypatch):
    monkeypatch.setenv("MICROGRADNET_LANG", "zh")
    assert main(["check", file, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["rows"][0]["mistake"] == "the sign is wrong"
    assert main(["check", file, "--json", "--lang", "zh"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["rows"][0]["mistake"] == "符号错了"
    assert found["rows"][0]["verdict"] == "wrong"


@pytest.mark.slow
def test_marks_and_results_are_in_the_language_of_the_person(file, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MICROGRADNET_LANG", "zh")
    results, suite = tmp_path / "results.json", tmp_path / "junit.xml"
    names = ["--require", "d_L_d_ypred,d_L_d_zz", "--junit", str(suite)]
    assert main(["check", file, *names, "--format", "gradescope", "-o", str(results)]) == 1
    assert "2 项中对了 0 项，得 0 分，满分 2 分。" in capsys.readouterr().out
    found = json.loads(results.read_text(encoding="utf-8"))
    first, other = (test["output"].splitlines() for test in found["tests"][:2])
    assert first[:2] == ["错误：符号错了", "第 25 行"]
    assert other == ["缺少：其中没有 d_L_d_zz；相近的有：d_L_d_w6、d_L_d_w5、d_L_d_w4"]
    assert "错误：符号错了" in suite.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_class_is_told_in_chinese(file, capsys):
    assert main(["check", file.removesuffix("net.py"), "--lang", "zh", "--jobs", "1"]) == 1
    said = capsys.readouterr().out
    assert "1 个文件中有 0 个全对。" in said
    assert "符号错了：1 个文件中有 1 个" in said


def test_errors_are_in_the_language_of_the_person(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MICROGRADNET_LANG", "zh")
    assert main(["check", str(tmp_path / "nowhere.py")]) == 2
    assert "没有文件" in capsys.readouterr().err


def test_a_language_that_there_is_not_is_one_sentence(file, capsys, monkeypatch):
    monkeypatch.setenv("MICROGRADNET_LANG", "fr")
    assert main(["check", file]) == 2
    assert capsys.readouterr().err == (
        "microgradnet: MICROGRADNET_LANG is one of en, zh, not 'fr'\n"
    )
