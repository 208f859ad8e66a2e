"""Layout programs that are not there, or are stubs."""

import importlib.metadata

import pytest


@pytest.fixture
def no_program(monkeypatch, tmp_path):
    """An empty folder, the only one on PATH, and no graphviz-pure."""

    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    empty = tmp_path / "bin"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    return empty


@pytest.fixture
def stub():
    """Writes a shell script as the `dot` of a folder."""

    def write(directory, script):
        dot = directory / "dot"
        dot.write_text(f"#!/bin/sh\n{script}\n")
        dot.chmod(0o755)

    return write
