"""The files of examples/dialects: each runs as a program and is listed where examples are."""

import pytest

from tests.docs.running import printed
from tests.marks import few
from tests.places import EXAMPLES

FILES = sorted(path.name for path in (EXAMPLES / "dialects").glob("*.py"))


@pytest.mark.parametrize("name", few(FILES, 2))
def test_it_runs_by_itself(name, tmp_path):
    assert printed(f"dialects/{name}", tmp_path)


def test_each_is_listed_with_what_it_is_about():
    listed = (EXAMPLES / "dialects" / "README.md").read_text(encoding="utf-8")
    for name in FILES:
        first = (EXAMPLES / "dialects" / name).read_text(encoding="utf-8").split('"""')[1]
        assert f"| [{name}]({name}) | {first} |" in listed
