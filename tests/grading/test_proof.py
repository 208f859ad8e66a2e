"""What a child calls right is judged here: on the tape, compared with the text it is of."""

import json
from dataclasses import replace

import pytest

from microgradnet.checking.entry_points import check_here
from microgradnet.checking.variants import gathered
from microgradnet.grading.proof import Text, proven
from microgradnet.tape.handing import as_data
from tests.sources import text_of

RIGHT = text_of("proof")
OTHERS = [
    ("d_L_d_s = 2", "d_L_d_s = 3"),
    ("= 2 * (s - y_true)", "= 2 * (y_true - s)"),
    ("= 2 * (s - y_true)", "= 2 * (s + y_true)"),
    ("= 2 * (s - y_true)", "= 2 * (h - y_true)"),
    ("d_h_d_w = x", "d_h_d_w = w"),
    ("slope(s)\n", "slope(h)\n"),
    ("return s * (1 - s)", "return s * (1 + s)"),
    ("exp(-h)", "log(-h)"),
    ("exp(-h)", "exp(+h)"),
    ("d_L_d_s * d_s_d_h * d_h_d_w", "d_L_d_s * d_s_d_h + d_h_d_w"),
    ("d_L_d_s * d_s_d_h * d_h_d_w", "d_L_d_s * d_s_d_s * d_h_d_w"),
    ("    d_L_d_s = 2", "    d_L_d_x = 2"),
]


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """The report of the right file, and the tapes that are handed over, by the file's name."""
    file = tmp_path_factory.mktemp("proof") / "net.py"
    file.write_text(RIGHT)
    with gathered() as recordings:
        report = check_here(file)
    assert report
    return report, json.loads(json.dumps({"tapes": [*map(as_data, recordings)]})), str(file)


def test_what_is_right_here_too_stays_right(checked):
    report, evidence, file = checked
    assert proven(report, evidence, {file: Text(RIGHT)}).rows == report.rows


@pytest.mark.parametrize(("here", "there"), OTHERS)
def test_a_tape_of_another_text_proves_nothing(checked, here, there):
    report, evidence, file = checked
    assert here in RIGHT
    found = proven(report, evidence, {file: Text(RIGHT.replace(here, there))})
    assert {row.verdict for row in found.rows} == {"cannot tell"}


@pytest.mark.parametrize("evidence", [None, {}, {"tapes": [{}]}, {"tapes": 3}, {"tapes": []}])
def test_what_is_no_tape_proves_nothing(checked, evidence):
    report, _, file = checked
    found = proven(report, evidence, {file: Text(RIGHT)})
    assert {row.verdict for row in found.rows} == {"cannot tell"}


def test_what_is_wrong_here_is_said_whatever_the_report_says(tmp_path):
    file, text = tmp_path / "net.py", RIGHT.replace("d_h_d_w = x", "d_h_d_w = w")
    file.write_text(text)
    with gathered() as recordings:
        report = check_here(file)
    evidence, texts = {"tapes": [*map(as_data, recordings)]}, {str(file): Text(text)}
    lying = replace(report, rows=tuple(replace(row, verdict="right") for row in report.rows))
    found = {row.name: row.verdict for row in proven(lying, evidence, texts).rows}
    assert found["d_h_d_w"] == "cannot tell"
    assert found["d_L_d_s"] == "right"
    silent = replace(report, rows=())
    assert {row.name for row in proven(silent, evidence, texts).rows} == {"d_h_d_w", "d_L_d_w"}
