"""The hook of pre-commit: it parses, and what it runs is the command line."""

import tomllib

import pytest

from microgradnet.__main__ import main
from microgradnet.grading import workers
from tests.grading.homework import RIGHT, WRONG, in_this_process
from tests.places import ROOT

yaml = pytest.importorskip("yaml", reason="needs PyYAML")
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def test_the_hook_has_what_pre_commit_needs():
    assert {*HOOK} >= {"id", "name", "description", "entry", "language", "types"}
    assert (HOOK["id"], HOOK["language"], HOOK["types"]) == (
        "microgradnet-check",
        "python",
        ["python"],
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert HOOK["entry"].split()[0] in project["scripts"]
    assert project["scripts"][HOOK["entry"].split()[0]] == f"{main.__module__}:{main.__name__}"


@pytest.mark.parametrize(("source", "status"), [(RIGHT, 0), (WRONG, 1), ("x = 1", 2)])
def test_its_entry_runs_with_the_names_of_files(source, status, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "check_file", in_this_process)
    (tmp_path / "layers.py").write_text(source)
    _, *entry = HOOK["entry"].split()
    assert main([*entry, *HOOK.get("args", []), str(tmp_path / "layers.py")]) == status
