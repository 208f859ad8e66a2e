"""The catalogue of mistakes: each block of code prints the report that stands below it."""

import re

import pytest

from tests.docs.catalogue import CASE, MISTAKE, PAGES, printed, start, text_of
from tests.marks import sampled

NAMES = start(next(iter(PAGES)))
CASES, CHINESE_CASES = (CASE.findall(text_of(page)) for page in PAGES)


def marked(cases):
    """Every twelfth in the fast suite, each takes up to a second."""
    return [
        pytest.param(*case, id=case[0].strip("# \n"), marks=[pytest.mark.slow] * bool(k % 12))
        for k, case in enumerate(cases)
    ]


@pytest.mark.parametrize(
    ("heading", "code", "report"), [*marked(CASES), *marked(sampled(CHINESE_CASES))]
)
def test_the_report_is_what_the_code_prints(heading, code, report):
    assert printed(code, NAMES, "en" if (heading, code, report) in CASES else "zh") == report


def test_each_has_a_mistake_in_words():
    assert len(CASES) >= 24
    for heading, _, report in CASES:
        assert MISTAKE.search(report), heading


def test_both_languages_have_the_same_code_and_headings():
    assert [code for _, code, _ in CHINESE_CASES] == [code for _, code, _ in CASES]
    ours, theirs = (len(re.findall("^## ", text_of(page), re.M)) for page in PAGES)
    assert ours == theirs
