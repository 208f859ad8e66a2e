"""Random cases are the same in each run and not timed; how many of them is told in marks.py."""

import gc
import os
import random
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from microgradnet.operations.operation import FUNCTIONS, OPS
from microgradnet.tape import table
from tests.marks import share

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
pytest_plugins = ["pytester"]  # runs pytest in a folder of its own

os.environ["MICROGRADNET_LANG"] = "en"  # whatever the locale, the tests read English

settings.register_profile("fast", derandomize=True, deadline=None, max_examples=10)
# With --hypothesis-profile=thorough, as .ci/run has it.
settings.register_profile("thorough", settings.get_profile("fast"), max_examples=share(100))
settings.load_profile("fast")


def pytest_report_header():
    """How many random cases are tried: their seeds are counted from 0."""
    return f"random cases: {share(100)} % of them, fixed seeds (all with EVERY_CASE=1)"


def pytest_terminal_summary(terminalreporter):
    """What is skipped, in one line: how many tests need which extra or package."""
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])]
    lacks = r".*(?:needs (?:the extra )?|No module named )"
    needed = Counter(re.sub(lacks, "", reason).strip("'") for reason in reasons)
    if file := os.environ.get("NOTE_PASSED"):
        passed = [r.nodeid for r in terminalreporter.stats.get("passed", []) if r.when == "call"]
        Path(file).write_text("\n".join(passed), encoding="utf-8")
    if needed:
        parts = ", ".join(f"{name} ({n})" for name, n in needed.most_common())
        terminalreporter.write_line(f"skipped, as they need: {parts}")


@pytest.fixture(autouse=True)
def _no_operation_outlives_its_test():
    before = [(known, dict(known)) for known in (OPS, FUNCTIONS, table.FUNCTIONS)]
    yield
    for known, rows in before:
        if known != rows:
            known.clear()
            known.update(rows)


@pytest.fixture(autouse=True)
def _no_callback_of_the_collector():
    """Python 3.11 raises SystemError where one runs while a tree is made in a thread of several.

    Hypothesis has such a callback, from its first test on.
    """
    gc.callbacks.clear()


@pytest.fixture(autouse=True)
def _the_same_random_numbers():
    random.seed(0)
    np.random.seed(0)


def pytest_collection_modifyitems(config, items):
    """Leave out what has passed, as NOTE_PASSED noted it, but for what draws at random."""
    file = os.environ.get("PASSED_BEFORE")
    passed = {*Path(file).read_text(encoding="utf-8").splitlines()} if file else set()
    left, again = [], []
    for x in items:
        (left if x.nodeid in passed and not hasattr(x.obj, "hypothesis") else again).append(x)
    config.hook.pytest_deselected(items=left)
    items[:] = again


def pytest_collection_finish():
    """What the imports hold lives to the end: the garbage collector need not walk it each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("needs chromium on PATH")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()
