"""A file is written whole or not at all, and stays what it was: a link, private, a device."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from microgradnet.operations.files import write_whole

needs_links = pytest.mark.skipif(os.name == "nt", reason="links and modes are those of POSIX")


def test_directories_are_made_and_nothing_else_is_left(tmp_path):
    path = write_whole(tmp_path / "a" / "b" / "c.txt", b"text")
    assert path == tmp_path / "a" / "b" / "c.txt"
    assert path.read_bytes() == b"text"
    assert os.listdir(path.parent) == ["c.txt"]


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    path = write_whole(tmp_path / "a", b"old")

    def full(file):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, b"new")
    with pytest.raises(OSError, match="disk full"):
        write_whole(tmp_path / "b", b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_the_bytes_are_on_the_disk_before_the_name_is(tmp_path, monkeypatch):
    done = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (done.append("fsync"), fsync(file)))
    monkeypatch.setattr(os, "replace", lambda a, b: (done.append("replace"), replace(a, b)))
    write_whole(tmp_path / "a", b"text")
    assert done == ["fsync", "replace"]


@needs_links
def test_a_link_stays_and_its_target_is_written(tmp_path):
    target = write_whole(tmp_path / "store" / "a", b"old")
    link = tmp_path / "link"
    link.symlink_to(target)
    over = tmp_path / "over"
    over.symlink_to("link")  # relative, and a link to a link
    assert write_whole(over, b"new") == over
    assert link.is_symlink()
    assert over.is_symlink()
    assert target.read_bytes() == b"new"


@needs_links
def test_a_link_to_nothing_yet(tmp_path):
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "later" / "a")
    write_whole(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "later" / "a").read_bytes() == b"new"


@needs_links
def test_links_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="its links go in a circle"):
        write_whole(tmp_path / "a", b"new")
    assert (tmp_path / "a").is_symlink()


@needs_links
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_the_mode_of_a_file_is_kept(tmp_path, mode):
    path = write_whole(tmp_path / "a", b"old")
    path.chmod(mode)
    write_whole(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert path.read_bytes() == b"new"


@needs_links
def test_a_new_file_has_the_mode_that_the_mask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        path = write_whole(tmp_path / "a", b"text")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@needs_links
def test_a_device_is_written_through():
    before = os.stat(os.devnull)
    write_whole(Path(os.devnull), b"text")
    after = os.stat(os.devnull)
    assert stat.S_ISCHR(after.st_mode)
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


@needs_links
def test_a_pipe_is_written_through(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"text")
    reader.join()
    assert read == [b"text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@needs_links
def test_standard_output_that_is_a_pipe():
    command = (
        "from microgradnet.operations.files import write_whole as w; w('/dev/stdout', b'text')"
    )
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, check=True)
    assert done.stdout == b"text"


def test_a_directory_is_no_file(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="a"):
        write_whole(tmp_path / "a", b"text")
    assert os.listdir(tmp_path) == ["a"]


def test_the_longest_name(tmp_path):
    path = write_whole(tmp_path / ("n" * 250), b"text")
    assert path.read_bytes() == b"text"


@needs_links
def test_a_drawing_a_page_and_a_net_keep_the_link(tmp_path):
    from microgradnet.autograd.value import Value
    from microgradnet.drawing.depths import draw
    from microgradnet.nn.layers import MLP
    from microgradnet.pages.page import Page

    made = {"a.dot": draw(Value(1.0)), "a.html": Page("<p>"), "a.json": MLP(2, [1])}
    for name, make in ((name, thing.save) for name, thing in made.items()):
        target = tmp_path / f"store.{name}"
        target.write_bytes(b"old")
        target.chmod(0o600)
        (tmp_path / name).symlink_to(target)
        make(tmp_path / name)
        assert (tmp_path / name).is_symlink()
        assert target.read_bytes() != b"old"
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
