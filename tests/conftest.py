"""Hypothesis draws the same examples in each run and does not time them; `-m slow` draws more."""

import gc
import os

import pytest
from hypothesis import settings

from microgradnet.operations.operation import FUNCTIONS, OPS

os.environ["MICROGRADNET_LANG"] = "en"  # whatever the locale, the tests read English

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _no_operation_outlives_its_test():
    before = [(table, dict(table)) for table in (OPS, FUNCTIONS)]
    yield
    for table, rows in before:
        if table != rows:
            table.clear()
            table.update(rows)


def pytest_collection_finish():
    """What the imports hold lives to the end: the garbage collector need not walk it each time."""
    gc.collect()
    gc.freeze()
