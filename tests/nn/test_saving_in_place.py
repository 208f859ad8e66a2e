"""What stands where a net is saved stays what it is: a link, a private file, a device."""

import os
import stat
import sys
import threading

import pytest

import microgradnet as mg

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")
FIRST, SECOND = mg.MLP(2, [2, 1], seed=0), mg.MLP(2, [2, 1], seed=1)


def test_a_link_stays_and_what_it_points_to_is_written(tmp_path):
    path, link = mg.save(FIRST, tmp_path / "net.json"), tmp_path / "link.json"
    link.symlink_to("net.json")
    assert mg.save(SECOND, link) == link
    assert link.is_symlink()
    assert mg.load(path).state_dict() == SECOND.state_dict()


def test_a_file_keeps_its_mode(tmp_path):
    path = FIRST.save(tmp_path / "net.json")
    path.chmod(0o600)
    SECOND.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_no_plain_file_is_written_to(tmp_path):
    pipe, found = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_bytes()))
    reader.start()
    mg.save(FIRST, pipe)
    reader.join()
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert found == [mg.save(FIRST, tmp_path / "net.json").read_bytes()]
