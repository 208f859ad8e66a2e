"""A net is saved and loaded by its methods before anyone asked the package for `mg.save`."""

import subprocess
import sys

import pytest

from tests.marks import few

FIRST = "import microgradnet as mg; net = mg.MLP(2, [2, 1]);"


@pytest.mark.parametrize("made", few(["net", "net.layers[0]"], 1))
def test_the_first_thing_a_new_process_does_may_be_to_save_a_net_or_to_load_one(made, tmp_path):
    path = str(tmp_path / "net.json")
    for code in (f"{made}.save({path!r})", f"print({made}.load({path!r}) is {made})"):
        command = [sys.executable, "-c", f"{FIRST} {code}"]
        done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")
