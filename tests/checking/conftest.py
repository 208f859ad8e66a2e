"""Most tests of the checker do without the search for the smallest example of a mistake."""

import pytest

from microgradnet.checking import array_report, examining


@pytest.fixture
def without_examples(monkeypatch):
    """The search takes most of the time of a check, and test_smallest.py looks at what it finds."""
    monkeypatch.setattr(examining, "smallest", lambda *args: None)
    monkeypatch.setattr(array_report, "with_examples", lambda whole, report: report)
