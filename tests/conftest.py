"""Hypothesis draws the same examples in each run and does not time them; `-m slow` draws more."""

import pytest
from hypothesis import settings

from microgradnet.checking import examining

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture
def with_examples():
    """Small examples of mistakes are searched for; most tests of the checker do without."""


@pytest.fixture
def without_examples(request, monkeypatch):
    if "with_examples" not in request.fixturenames:
        monkeypatch.setattr(examining, "smallest", lambda *args: None)
