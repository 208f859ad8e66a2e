"""The files that graders read have the fields that they document, whatever happened."""

import json
import os
import xml.etree.ElementTree as xml

import jsonschema
import pytest

from microgradnet.__main__ import main
from microgradnet.checking.reporting.report import ORDER, Report, Row
from microgradnet.grading import workers
from microgradnet.grading.answers import NotCheckedError
from microgradnet.grading.folder import as_csv, of_class
from microgradnet.grading.formats import as_json, gradescope, junit, prairielearn, schema
from microgradnet.grading.marking import LEFT_OUT, asked, mark
from microgradnet.words import in_language, say
from tests.grading.fields import DOCUMENTED, validate
from tests.grading.homework import NO_FILE, NOTHING, RIGHT, WRONG, a_class
from tests.marks import few

SOURCES = {"right": RIGHT, "wrong": WRONG, "no file": NO_FILE, "nothing": NOTHING}
VALID = jsonschema.Draft202012Validator(schema())


@pytest.mark.parametrize("source", few(SOURCES.values(), 2), ids=SOURCES)
@pytest.mark.parametrize("kind", DOCUMENTED)
def test_the_results_have_the_documented_fields(kind, source, homework):
    validate(kind, homework(source).results(kind, "--require", "d_L_d_w,d_L_d_x"))


def test_gradescope_adds_up_to_what_its_tests_are_worth(homework):
    results = homework(WRONG).results("gradescope", "--require", "d_ypred_d_w,d_L_d_w,d_L_d_x")
    tests = {test["name"]: test for test in results["tests"]}
    assert results["score"] == sum(test["score"] for test in tests.values()) == 1.0
    assert sum(test["max_score"] for test in tests.values()) == 3.0
    wrong, follows, left = (tests[k] for k in ("d_ypred_d_w", "d_L_d_w", "d_L_d_x"))
    assert (wrong["score"], wrong["status"], wrong["tags"]) == (0.0, "failed", ["wrong"])
    assert "uses w where x belongs" in wrong["output"]
    assert (follows["score"], follows["status"]) == (1.0, "failed")
    assert (left["score"], left["tags"]) == (0.0, ["left out"])
    assert results["output_format"] == "text"  # by default a grader takes it for HTML


def test_prairielearn_has_a_share_and_what_was_not_checked_costs_no_attempt(homework):
    wrong = homework(WRONG).results("prairielearn", "--require", "d_ypred_d_w,d_L_d_w")
    assert (wrong["gradable"], wrong["score"]) == (True, 0.5)
    broken = homework(NO_FILE).results("prairielearn", "--require", "d_ypred_d_w,d_L_d_w")
    assert (broken["gradable"], broken["score"]) == (False, 0.0)
    assert "is not Python" in broken["format_errors"][0]
    assert [test["message"] for test in broken["tests"]] == [
        f"not checked: {broken['format_errors'][0]}"
    ] * 2


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_a_task_that_is_misspelt_is_in_the_results_too(kind, homework, tmp_path):
    points = tmp_path / "points.txt"
    points.write_text("d_L_d_w = many")
    one = homework(RIGHT)
    results = one.results(kind, "--points", str(points))
    validate(kind, results)
    assert (one.status, results["score"]) == (2, 0.0)
    assert "many" in json.dumps(results)


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_a_file_that_is_not_there_is_in_the_results_too(kind, tmp_path, capsys):
    path = tmp_path / "results.json"
    options = ["--format", kind, "-o", str(path), "--require", "d_L_d_w"]
    assert main(["check", str(tmp_path / "absent.py"), *options]) == 2
    validate(kind, json.loads(path.read_text()))
    assert main(["check", "no such thing", *options]) == 2
    assert "expected FILE" in path.read_text()
    assert "expected FILE" in capsys.readouterr().err


def test_results_stand_here_where_no_place_is_said(homework, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    homework(RIGHT).run("--format", "gradescope")
    assert json.loads((tmp_path / "results.json").read_text())["score"] == 4.0


STRUCTURE = {  # of the XML that Jenkins and others read: attributes that are needed, that may be
    "testsuites": ({"name"}, {"tests", "failures", "errors", "time"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"time", "skipped"}, {"testcase"}),
    "testcase": ({"name"}, {"classname", "time"}, {"failure", "error"}),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
}


def of_structure(element):
    """Whether an element of JUnit's XML, and all in it, has only what it may have."""
    needed, allowed, inside = STRUCTURE[element.tag]
    has = {*element.attrib}
    own = needed <= has <= needed | allowed and {child.tag for child in element} <= inside
    return own and all(map(of_structure, element))


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_junit_is_of_its_structure_and_counts_what_it_has(source, homework, tmp_path):
    path = tmp_path / "new" / "junit.xml"
    homework(source).run("--junit", str(path), "--require", "d_L_d_w,d_L_d_x")
    root = xml.parse(path).getroot()
    assert of_structure(root)
    (suite,) = root
    assert int(suite.get("tests")) == len(suite.findall("testcase"))
    assert int(suite.get("failures")) == len(suite.findall(".//failure"))
    assert int(suite.get("errors")) == len(suite.findall(".//error"))


def test_junit_has_a_failure_for_a_mistake_and_an_error_for_what_was_not_checked(
    homework, tmp_path
):
    path = tmp_path / "junit.xml"
    homework(WRONG).run("--junit", str(path))
    failed = {case.get("name"): case[0] for case in xml.parse(path).iter("testcase") if len(case)}
    assert {*failed} == {"d_ypred_d_w", "d_L_d_w"}
    assert failed["d_ypred_d_w"].get("type") == "wrong"
    assert "uses w where x belongs" in failed["d_ypred_d_w"].get("message")
    homework(NO_FILE).run("--junit", str(path), "--require", "d_L_d_w")
    assert [case[0].tag for case in xml.parse(path).iter("testcase")] == ["error"]


def test_letters_that_xml_has_not_do_not_spoil_it():
    row = Row("d\x00\ud800", "wrong", 1.0, 2.0, 0.0, mistake="<&\x1b[31m>")
    root = xml.fromstring(junit([mark("\x01.py", Report((row,)), asked())]).encode())
    assert of_structure(root)
    assert root.find(".//failure").get("message") == "wrong: <&?[31m>"


def test_the_results_of_strange_letters_can_be_written(homework):
    marks = mark("\udce4.py", "no \ud800", asked())
    for found in (as_json(marks), gradescope(marks), prairielearn(marks)):
        assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("source", few(SOURCES.values(), 2), ids=SOURCES)
@pytest.mark.parametrize("more", [(), ("--hide-answers", "--require", "d_L_d_x")])
def test_the_json_is_of_its_schema(source, more, homework):
    found = homework(source).json(*more)
    VALID.validate(found)
    assert found["right"] == (source == RIGHT and not more)
    assert bool(found["error"]) == (source in (NO_FILE, NOTHING))


def test_the_json_of_a_class_is_of_its_schema(here, tmp_path, capsys):
    folder = a_class(tmp_path / "class", ann=WRONG, bob=NO_FILE)
    assert main(["check", str(folder), "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    VALID.validate(found)
    assert [one["file"] for one in found["files"]] == ["ann.py", "bob.py"]
    assert found["mistakes"][0]["files"] == ["ann.py"]


def test_what_is_not_of_the_schema_is_refused(homework):
    found = homework(RIGHT).json()
    for key in found:
        assert not VALID.is_valid({k: x for k, x in found.items() if k != key}), key
    assert not VALID.is_valid(found | {"right": "yes"})


def test_the_schema_lists_each_verdict_of_a_row_and_of_an_item():
    kinds = schema()["$defs"]
    row, item = (kinds[kind]["properties"]["verdict"]["enum"] for kind in ("row", "item"))
    assert sorted(row) == sorted(ORDER)
    assert item == [*row, LEFT_OUT]


def test_the_schema_is_printed_and_is_one(capsys):
    assert main(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(printed)
    assert printed == schema()


def test_results_of_no_points_are_written_before_the_code_runs(homework, tmp_path, monkeypatch):
    path, junit_path, found = tmp_path / "results.json", tmp_path / "junit.xml", []

    def looks(file, **settings):
        found.append((json.loads(path.read_text()), xml.parse(junit_path).getroot().attrib))
        raise NotCheckedError("seen")

    one = homework(RIGHT)
    monkeypatch.setattr(workers, "check_file", looks)
    options = ["--format", "prairielearn", "-o", str(path), "--junit", str(junit_path)]
    assert one.run(*options, "--require", "d_L_d_w,d_L_d_b") == 2
    [(results, counts)] = found
    validate("prairielearn", results)
    assert (results["gradable"], results["score"]) == (False, 0.0)
    assert results["message"].startswith("Not checked: the check did not end: its process was kill")
    assert (counts["tests"], counts["errors"]) == ("2", "2")
    assert "seen" in path.read_text()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="reads what is written from /dev/fd")
def test_a_pipe_gets_the_results_once(homework):
    read, write = os.pipe()
    homework(RIGHT).run("--format", "gradescope", "--output", f"/dev/fd/{write}")
    os.close(write)
    with open(read, "rb") as pipe:
        assert json.load(pipe)["score"] == 4.0


STRANGE = "net\x1b[2J\n\u202e.py"


def test_no_control_character_of_a_name_reaches_the_terminal(here, tmp_path, capsys):
    (tmp_path / STRANGE).write_text("1 / 0")
    for where in (STRANGE, f"{STRANGE}:by_hand", f"absent{STRANGE}", f"{STRANGE}:\x07"):
        assert main(["check", str(tmp_path / where)]) == 2
        said = capsys.readouterr()
        printed = said.out + said.err
        assert not any(letter in printed for letter in "\x1b\u202e\x07"), where
        assert printed.count("\n") == 1
        assert "absent" not in where or r"net\x1b[2J\n\u202e.py" in printed


@pytest.mark.parametrize("shown", [as_json, gradescope, prairielearn])
def test_no_control_character_of_a_name_reaches_the_results(shown):
    marks = mark(STRANGE, say("there is no file {file}", file=STRANGE), asked())
    letters = {*json.dumps(in_language(shown(marks), "zh"), ensure_ascii=False)}
    assert not letters & {"\x1b", "\u202e", "\n"}
    assert r"net\x1b[2J\n\u202e.py" in as_csv([marks])
    assert "\x1b" not in of_class([marks], [])
