import pytest


@pytest.fixture
def without_examples(monkeypatch):
    pass
