"""What is not right, at its place: annotations of GitHub, SARIF, and several files in one run."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from microgradnet.__main__ import main
from microgradnet.checking.reporting.report import ORDER, Report, Row
from microgradnet.grading.annotations import findings, github, kind_of_row, kinds, sarif
from microgradnet.grading.folder import as_csv, mistakes_of, of_class, of_file
from microgradnet.grading.marking import asked, mark
from microgradnet.tape.sources import source_of
from microgradnet.words import LANGUAGES, say
from microgradnet.words.languages import chinese
from tests.grading.homework import NO_FILE, RIGHT, WRONG
from tests.sources import text_of

SCHEMA = json.loads((Path(__file__).parent / "sarif.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)
ARRAYS = text_of("arrays")


@pytest.fixture
def run(tmp_path, capsys, here, monkeypatch):
    """Checks files in this process, in a folder of their own; returns status, output, errors."""
    monkeypatch.chdir(tmp_path)

    def checked(*arguments, **sources):
        for name, source in sources.items():
            Path(f"{name}.py").write_text(source, encoding="utf-8")
        names = [f"{name}.py" for name in sources]
        status = main(["check", *names, *arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return checked


def logged(run, *arguments, **sources):
    """The one run of the SARIF log of sources, which is valid."""
    _, out, _ = run("--format", "sarif", *arguments, **sources)
    log = json.loads(out)
    VALID.validate(log)
    (found,) = log["runs"]
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert all(rules[x["ruleIndex"]] == x["ruleId"] for x in found["results"])
    return found


# The kinds of mistakes


def test_each_mistake_is_of_one_kind_and_in_the_catalogue():
    said = [text for kind in kinds().values() for text in kind["said"]]
    assert len(said) == len({*said})
    assert [text for text in said if text not in chinese()] == []


def test_each_kind_has_a_description_in_both_languages_and_each_verdict_its_own():
    assert all({*kind} == {*LANGUAGES, "said"} for kind in kinds().values())
    rows = [Row("dW", verdict, 1.0, 1.0, 0.0) for verdict in ORDER if verdict != "right"]
    assert {kind_of_row(row) for row in rows} | {"left-out"} == {
        name for name, kind in kinds().items() if not kind["said"]
    }


def test_a_guess_of_the_cause_has_a_kind_of_its_own():
    words = say("uses {used} where {meant} belongs", used="x[0]", meant="x[1]")
    assert kind_of_row(Row("d", "wrong", 1.0, 2.0, 0.0, mistake=words)) == "wrong-operand"
    words = say("{words}: copied from {name}?", words=words, name="d_h1_d_w1")
    assert kind_of_row(Row("d", "wrong", 1.0, 2.0, 0.0, mistake=words)) == "copied-line"


# GitHub


def test_a_wrong_line_is_an_error_at_its_place_and_what_follows_is_left_out(run):
    status, out, err = run("--format", "github", hw=WRONG)
    assert (status, err) == (1, "")
    (line,) = out.splitlines()
    assert line.startswith(
        "::error file=hw.py,line=6,endLine=6,title=d_ypred_d_w%3A wrong::uses w where x belongs%0A"
    )


def test_what_is_right_has_no_annotation(run):
    assert run("--format", "github", hw=RIGHT) == (0, "", "")


def test_a_file_that_could_not_be_checked_is_a_warning(run):
    status, out, _ = run("--format", "github", hw=NO_FILE)
    assert status == 2
    assert out.startswith("::warning file=hw.py,title=not checked::")
    assert "is not Python" in out


def test_a_statement_of_several_lines_is_annotated_to_its_end(run):
    _, out, _ = run("--format", "github", hw=ARRAYS)
    assert "file=hw.py,line=11,endLine=13,title=db%3A wrong::averages where it should sum" in out


def rows(n, **more):
    return tuple(Row(f"d{i}", "wrong", 1.0, 2.0, 0.0, line=i + 1, **more) for i in range(n))


def test_at_most_ten_are_shown_the_wrong_first_and_the_others_counted():
    untold = Row("dW", "cannot tell", 1.0, 1.0, 0.0, line=3, why=say("it is no number"))
    checked = {
        "a.py": mark("a.py", Report((untold,)), asked()),
        "b.py": mark("b.py", Report(rows(12)), asked()),
    }
    *lines, last = github(checked).splitlines()
    assert len(lines) == 10
    assert all(line.startswith("::error file=b.py") for line in lines)
    assert last == "3 more are not shown: GitHub shows 10 of a step"
    assert github({**checked, "b.py": checked["a.py"]}).startswith("::warning file=a.py,line=3")


def test_no_name_or_message_ends_a_command_early():
    row = Row("d[0, 1]: x\n::error::", "wrong", 1.0, 2.0, 0.0, mistake="50 %\r\n::error::no")
    line = github({"a,b:c%.py": mark("a.py", Report((row,)), asked())})
    assert line == (
        "::error file=a%2Cb%3Ac%25.py,title=d[0%2C 1]%3A x%0A%3A%3Aerror%3A%3A%3A wrong"
        "::50 %25%0D%0A::error::no"
    )


def test_what_is_required_and_left_out_is_an_error_without_a_line(run):
    status, out, _ = run("--format", "github", "--require", "d_L_d_v", hw=RIGHT)
    assert status == 1
    assert out.startswith("::error file=hw.py,title=d_L_d_v%3A left out::there is no d_L_d_v in it")


def test_hidden_answers_stay_hidden(run):
    _, out, _ = run("--format", "github", "--hide-answers", hw=WRONG)
    assert (
        out
        == "::error file=hw.py,line=6,endLine=6,title=d_ypred_d_w%3A wrong::d_ypred_d_w: wrong\n"
    )
    assert "fixes" not in logged(run, "--hide-answers", hw=WRONG)["results"][0]


def test_annotations_speak_chinese(run):
    _, out, _ = run("--format", "github", "--lang", "zh", hw=WRONG)
    assert "title=d_ypred_d_w：错误::该用 x 的地方用了 w" in out


# SARIF


def test_a_result_has_its_kind_its_place_and_the_corrected_line(run):
    (result,) = logged(run, hw=WRONG)["results"]
    assert (result["ruleId"], result["level"]) == ("wrong-operand", "error")
    assert result["message"]["text"].startswith("d_ypred_d_w: wrong\nuses w where x belongs\n")
    (place,) = result["locations"]
    region = {"startLine": 6, "startColumn": 5, "endLine": 6, "endColumn": 20}
    own = {"uri": "hw.py", "uriBaseId": "%SRCROOT%"}
    assert place == {"physicalLocation": {"artifactLocation": own, "region": region}}
    new = {"deletedRegion": region, "insertedContent": {"text": "d_ypred_d_w = x"}}
    assert result["fixes"] == [
        {"artifactChanges": [{"artifactLocation": own, "replacements": [new]}]}
    ]


def mended(source, result):
    """A source with the fix of a result."""
    ((change,),) = [fix["artifactChanges"] for fix in result["fixes"]]
    ((new, region),) = [
        (x["insertedContent"]["text"], x["deletedRegion"]) for x in change["replacements"]
    ]
    lines = source.split("\n")
    first, last = region["startLine"] - 1, region["endLine"] - 1
    before = lines[first][: region["startColumn"] - 1]
    after = lines[last][region["endColumn"] - 1 :]
    return "\n".join([*lines[:first], before + new + after, *lines[last + 1 :]])


@pytest.mark.parametrize("source", [WRONG, ARRAYS], ids=["scalars", "arrays"])
def test_a_file_with_its_fix_is_right(run, source):
    (result,) = logged(run, hw=source)["results"]
    fixed = mended(source, result)
    assert fixed.count("#") == source.count("#") - source.count("of each unit")
    assert run("--format", "sarif", hw=fixed)[0] == 0


def test_the_columns_count_letters_and_a_line_of_two_statements_has_no_fix(tmp_path):
    file = tmp_path / "a.py"
    file.write_text("if 1:\n    dé = 'é'  # é\n    é = 1; dw = 2  # é\n", encoding="utf-8")
    found = []
    for line in (2, 3):
        row = Row("d", "wrong", 1.0, 2.0, 0.0, file=str(file), line=line, suggestion="dé = 'w'")
        found += findings({str(file): mark("a.py", Report((row,)), asked())})
    assert [x.place for x in found] == [(2, 5, 2, 13), (3, 5, 3, 23)]
    assert [x.fix for x in found] == ["dé = 'w'", ""]


def test_a_fingerprint_stays_as_lines_move_and_tells_results_apart(run):
    prints = [
        [x["partialFingerprints"]["microgradnet/v1"] for x in logged(run, hw=source)["results"]]
        for source in (WRONG, "\n\n# moved\n" + WRONG)
    ]
    assert prints[0] == prints[1]
    same = (*rows(1), *rows(1, mistake="the sign is wrong"), *rows(2))
    log = sarif({"a.py": mark("a.py", Report(same), asked())})
    found = [x["partialFingerprints"]["microgradnet/v1"] for x in log["runs"][0]["results"]]
    assert len(found) == len({*found}) == 3  # what is the same in all is there once


def test_a_file_that_could_not_be_checked_is_no_result_but_a_notification(run):
    found = logged(run, broken=NO_FILE, hw=RIGHT)
    assert found["results"] == []
    (invocation,) = found["invocations"]
    assert not invocation["executionSuccessful"]
    (said,) = invocation["toolExecutionNotifications"]
    assert "is not Python" in said["message"]["text"]
    own = said["locations"][0]["physicalLocation"]["artifactLocation"]
    assert own["uri"] == "broken.py"


def test_the_log_speaks_chinese_and_english_by_default(run, monkeypatch):
    monkeypatch.setenv("MICROGRADNET_LANG", "zh")
    assert "uses w where x" in logged(run, hw=WRONG)["results"][0]["message"]["text"]
    found = logged(run, "--lang", "zh", hw=WRONG)
    assert "该用 x 的地方用了 w" in found["results"][0]["message"]["text"]
    assert found["language"] == "zh"
    about = {rule["id"]: rule["help"]["text"] for rule in found["tool"]["driver"]["rules"]}
    assert about["wrong-sign"] == "导数或其中某一项的符号错了。\n- 符号错了\n- ... 的符号错了"


def test_an_address_has_forward_slashes_and_escapes(run, tmp_path):
    folder = tmp_path / "a b"
    folder.mkdir()
    (folder / "é.py").write_text(WRONG, encoding="utf-8")
    found = logged(run, str(folder / "é.py"))
    place = found["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b/%C3%A9.py", "uriBaseId": "%SRCROOT%"}
    (tmp_path / "inside").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path / "inside")
        place = logged(run, str(folder / "é.py"))["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": (folder / "é.py").as_uri()}


def test_a_line_of_a_notebook_is_named_by_its_cell_in_each_table():
    code = [{"cell_type": "code", "source": text, "metadata": {}} for text in ("x = 1", "y = 2")]
    source_of(Path("nb.ipynb"), json.dumps({"cells": code}).encode())
    row = Row("d", "wrong", 1.0, 2.0, 0.0, mistake="is off", file="nb.ipynb", line=2)
    row = replace(row, suggestion="d = x")
    marks = mark("nb.ipynb", Report((row,)), asked())
    (found,) = findings({"nb.ipynb": marks})
    assert (found.place, found.fix) == (None, "")
    assert found.message.startswith("cell 2, line 1\n")
    assert marks.items[0].line == 2
    assert " cell 2, line 1   is off" in of_file(marks)
    assert "第 2 个单元格，第 1 行" in of_file(marks, "zh")
    assert as_csv([marks]).endswith(',d,is off,"cell 2, line 1"\r\n')
    (mistake,) = mistakes_of([marks])
    assert mistake.example == "d of nb.ipynb, cell 2, line 1: is off"
    assert "   cell 2, line 1   d: is off" in of_class([marks], [])


# Several files, and how the formats are asked for


def test_several_files_are_checked_in_one_run_each_under_its_name(run):
    status, out, err = run(one=RIGHT, two=WRONG, three=NO_FILE)
    assert status == 2
    one, two, three = (out.index(f"{name}.py\n") for name in ("one", "two", "three"))
    assert one < out.index("4 right") < two < out.index("uses w where x belongs") < three
    assert "Not checked: UnreadableError: line 1 is not Python" in out[three:]
    assert err == "microgradnet: checking 3 files\n"
    assert run(one=RIGHT, two=WRONG)[0] == 1
    assert run(one=RIGHT, two=RIGHT)[0] == 0


def test_several_files_give_one_json_one_log_and_one_list_of_annotations(run, tmp_path):
    found = json.loads(run("--json", one=RIGHT, two=WRONG)[1])
    assert [(file["file"], file["right"]) for file in found["files"]] == [
        ("one.py", True),
        ("two.py", False),
    ]
    log = logged(run, one=WRONG, two=WRONG)
    places = [x["locations"][0]["physicalLocation"] for x in log["results"]]
    assert [place["artifactLocation"]["uri"] for place in places] == ["one.py", "two.py"]
    _, out, _ = run("--format", "github", "--junit", "all.xml", one=WRONG, two=WRONG)
    assert [line.partition(",")[0] for line in out.splitlines()] == [
        "::error file=one.py",
        "::error file=two.py",
    ]
    assert Path("all.xml").read_text().count("<testsuite ") == 2


def test_json_is_format_json(run):
    assert run("--json", hw=WRONG) == run("--format", "json", hw=WRONG)
    assert run("--json", "--format", "json", hw=WRONG) == run("--json", hw=WRONG)
    assert run("--format", "text", hw=WRONG) == run(hw=WRONG)


@pytest.mark.parametrize("form", ["text", "json", "github", "sarif"])
def test_with_output_the_format_goes_to_the_file_and_the_report_is_printed(run, form):
    _, printed, _ = run("--format", form, hw=WRONG)
    status, out, _ = run("--format", form, "-o", "out/results", hw=WRONG)
    assert (status, out) == run(hw=WRONG)[:2]
    assert Path("out/results").read_text(encoding="utf-8").rstrip("\n") == printed.rstrip("\n")


def test_json_can_be_printed_while_another_format_is_written(run):
    _, out, _ = run("--json", "--format", "sarif", "-o", "log.sarif", hw=WRONG)
    assert not json.loads(out)["right"]
    VALID.validate(json.loads(Path("log.sarif").read_text(encoding="utf-8")))
    run("--json", "-o", "found.json", hw=WRONG)
    assert not json.loads(Path("found.json").read_text(encoding="utf-8"))["right"]


@pytest.mark.parametrize(
    ("options", "files", "says"),
    [
        (["--json", "--format", "sarif"], ["a.py"], "--json is --format json: leave it out, or w"),
        (["--json", "--format", "text"], ["a.py"], "--json is --format json: leave it out, or w"),
        (["-o", "x"], ["a.py"], "give --format, too (text, json, github, sarif, gradescope, pr"),
        (["--format", "gradescope"], ["a.py", "b.py"], "is for one file, and there are several: a"),
        (["--draw", "x.svg"], ["a.py", "b.py"], "is for one file, and there are several: a.py b.p"),
        (["--files", "*"], ["a.py", "b.py"], "--files is for a folder, and there is none: a.py b"),
        ([], ["a.py:f", "b.py"], "a name goes with one file: check a.py:f by itself"),
    ],
)
def test_what_does_not_go_together_is_refused_with_the_way_out(run, options, files, says):
    status, out, err = run(*files, *options)
    assert status == 2
    assert says in err
    assert out == ""
