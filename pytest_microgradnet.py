"""Plugin of pytest: a fixture for backward passes, and a test for each derivation in a file.

It stands beside the package and imports it only where it is used, so that it costs nothing at
pytest's start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from microgradnet import Report

HELP = "check these files as `microgradnet check` does: a test for each pair and derivation in them"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    group = parser.getgroup("microgradnet")
    group.addoption("--microgradnet", nargs="+", action="extend", metavar="FILE", help=HELP)


@pytest.fixture
def microgradnet_backward() -> Callable[..., Report]:
    """Check a backward pass: `microgradnet_backward(forward, backward, *example)`.

    The arguments are those of `microgradnet.check_backward`; the test fails with the report unless
    each gradient is right.
    """
    from microgradnet.testing import assert_backward

    return assert_backward


@pytest.hookimpl(tryfirst=True)  # before tests are deselected
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the tests of the files that are given."""
    for file in dict.fromkeys(config.getoption("--microgradnet") or ()):
        path = config.invocation_params.dir / file
        items += session.genitems(_File.from_parent(session, path=path))


class _File(pytest.File):
    """A file with derivations; it is run in a process of its own, not imported."""

    def collect(self) -> Iterator[pytest.Item]:
        from microgradnet.testing import derivations

        reports: dict[str, Any]
        try:
            reports = derivations(self.path)
        except (OSError, ValueError, RuntimeError) as error:  # which is the failure of a test
            reports = {"check": error}
        for name, found in reports.items():
            yield _Derivation.from_parent(self, name=name, found=found)


class _Derivation(pytest.Item):
    """A test of one derivation. found: its report, or why there is none."""

    def __init__(self, *, found: Any, **more: Any) -> None:
        super().__init__(**more)
        self.found = found

    def runtest(self) -> None:
        from microgradnet.testing import assert_right

        if isinstance(self.found, Exception):
            raise self.found
        assert_right(self.found)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        lines = [row.line for row in getattr(self.found, "rows", ()) if row.line]
        return self.path, min(lines) - 1 if lines else None, self.name
