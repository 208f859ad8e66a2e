"""A net is saved and loaded by its methods before anyone asked the package for `mg.save`."""

import subprocess
import sys

import pytest

from tests.marks import few

FIRST = "import microgradnet as mg; net = mg.MLP(2, [2, 1]);"


@pytest.mark.parametrize("made", few(["net", "net.layers[0]", "net.layers[0].neurons[0]"], 1))
def test_the_first_thing_a_new_process_does_may_be_to_save_a_net(made, tmp_path):
    path = tmp_path / "net.json"
    code = f"{FIRST} print({made}.load({made}.save({str(path)!r})) is {made})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")


@pytest.mark.slow
def test_or_to_load_one(tmp_path):
    path = tmp_path / "net.json"
    subprocess.run([sys.executable, "-c", f"{FIRST} net.save({str(path)!r})"], check=True)
    code = f"{FIRST} print(net.load({str(path)!r}).state_dict() == net.state_dict())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")
