"""The catalogue of mistakes: each block of code prints the report that stands below it."""

import re

import pytest

from tests.docs.catalogue import CASE, PAGES, printed, start, text_of

NAMES = start(PAGES[0])
CASES = CASE.findall(text_of(PAGES[0]))


def marked(cases):
    """Every sixth in the fast suite, each takes up to a second."""
    return [
        pytest.param(*case, id=case[0].strip("# \n"), marks=[pytest.mark.slow] * bool(k % 6))
        for k, case in enumerate(cases)
    ]


@pytest.mark.parametrize(("heading", "code", "report"), marked(CASES))
def test_the_report_is_what_the_code_prints(heading, code, report):
    assert printed(code, NAMES) == report


def test_each_has_a_mistake_in_words():
    assert len(CASES) >= 24
    for heading, _, report in CASES:
        (first, *_) = re.findall(r"│ (?:wrong|follows) *│ (.+?) *│", report)
        assert first, heading


def test_both_languages_have_the_same_code_and_reports():
    assert [case[1:] for case in CASE.findall(text_of(PAGES[1]))] == [case[1:] for case in CASES]
    assert len(re.findall("^## ", text_of(PAGES[1]), re.M)) == len(
        re.findall("^## ", text_of(PAGES[0]), re.M)
    )
