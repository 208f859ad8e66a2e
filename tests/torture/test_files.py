"""A process killed while it saves leaves a whole file; no JSON, however made, gets half in.

Damaged bytes, and files written by hand: tests/nn/test_storage.py; links, modes, devices:
tests/nn/test_saving_in_place.py.
"""

import json
import random
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from tests.marks import share
from tests.strategies import bits

pytestmark = pytest.mark.slow

SAVING = """
import sys
import microgradnet as mg
nets = [mg.MLP(8, [16, 4], seed=seed) for seed in (0, 1)]
print("ready", flush=True)
while True:
    for net in nets:
        net.save(sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
def test_a_killed_process_leaves_the_old_file_or_the_new_one(tmp_path):
    whole = [bits(mg.MLP(8, [16, 4], seed=seed).state_dict().values()) for seed in (0, 1)]
    path = mg.MLP(8, [16, 4], seed=0).save(tmp_path / "net.json")
    rng, found = random.Random(0), []
    for _ in range(share(24)):
        process = subprocess.Popen([sys.executable, "-c", SAVING, path], stdout=subprocess.PIPE)
        with process:
            process.stdout.readline()
            time.sleep(rng.uniform(0.0, 0.1))
            process.send_signal(signal.SIGKILL)
        found.append(bits(mg.load(path).state_dict().values()))
        assert found[-1] in whole
    mg.MLP(8, [16, 4], seed=1).save(path)  # what a killed one left beside it is in nobody's way
    assert bits(mg.load(path).state_dict().values()) == whole[1]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["w1", "b1", "relu", "sigmoid", "MLP", "__class__", 10**400, -0.0, 1e308]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@st.composite
def hostile(draw, content):
    """A net's JSON with up to three parts replaced, removed, doubled or added."""
    content = json.loads(json.dumps(content))
    for _ in range(draw(st.integers(1, 3))):
        place = content
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys)) if keys else None
            inside = place[key] if keys else None
            if not keys or not isinstance(inside, (dict, list)) or draw(st.booleans()):
                break
            place = inside
        change = draw(st.sampled_from(["replace", "remove", "add", "double"]))
        if isinstance(place, list) and (change in ("add", "double") or key is None):
            place.append(draw(VALUES) if change == "add" or key is None else place[key])
        elif key is None or change == "add":
            place[draw(st.text(max_size=4))] = draw(VALUES)
        elif change == "remove":
            del place[key]
        else:
            place[key] = draw(VALUES)
    return content


LAYERS = [(["h1", "h2"], "sigmoid"), (["o1"], "sigmoid")]
CONTENT = {
    **{"format": "microgradnet net 1", "kind": "MLP", "inputs": 2, "frozen": []},
    "layers": [{"neurons": names, "activation": kind} for names, kind in LAYERS],
    "parameters": mg.MLP(2, [2, 1], seed=0).state_dict(),
}


def test_the_content_above_is_what_is_saved(tmp_path):
    saved = json.loads(mg.MLP(2, [2, 1], seed=0).save(tmp_path / "net.json").read_text())
    assert {**CONTENT, "checksum": saved["checksum"]} == saved


@given(hostile(CONTENT))
def test_hostile_json_is_a_net_or_refused_in_words(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "hostile.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    net = mg.MLP(2, [2, 1], seed=7)
    before = bits(net.state_dict().values())
    for load in (mg.load, net.load):
        refusal = None
        try:
            found = load(path)
        except ValueError as error:
            refusal = str(error)
        if refusal is not None:
            assert "hostile.json" in refusal
            assert bits(net.state_dict().values()) == before
        else:
            assert all(type(p.data) is float for p in found.parameters())
            found([0.0] * content["inputs"])
            before = bits(net.state_dict().values())
