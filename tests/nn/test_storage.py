"""Nets in files: the same to the last bit, and no damage that goes unseen."""

import json
import math
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradnet as mg
from tests.marks import few


@pytest.fixture
def net():
    return mg.MLP(2, [3, 2], activation="tanh", output="linear", seed=4)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=9, max_size=9))
def test_numbers_come_back_to_the_last_bit(tmp_path_factory, numbers):
    net = mg.MLP(2, [2, 1])
    net.load_state_dict(dict(zip(net.state_dict(), numbers)))
    found = mg.load(net.save(tmp_path_factory.mktemp("nets") / "net.json"))
    assert [x.hex() for x in found.state_dict().values()] == [x.hex() for x in numbers]


def test_a_net_a_layer_and_a_neuron_come_back_whole(net, tmp_path):
    net.layers[0].neurons[1].freeze()
    found = mg.load(mg.save(net, tmp_path / "net.json"))
    assert repr(found) == repr(net)
    assert found([1.0, 2.0])[1].data == net([1.0, 2.0])[1].data
    assert found([1.0, 2.0])[1].label == "o2"
    assert len(found.trainable_parameters()) == len(net.trainable_parameters()) == 14
    for part in (net.layers[1], net.layers[0].neurons[2]):
        found = mg.load(mg.save(part, tmp_path / "part.json"))
        assert type(found) is type(part)
        assert found.state_dict() == part.state_dict()
        assert repr(found) == repr(part)


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def test_a_damaged_byte_is_found_and_the_net_keeps_what_it_had(net, tmp_path):
    text = net.save(tmp_path / "net.json").read_bytes()
    other = mg.MLP(2, [3, 2], activation="tanh", output="linear", seed=5)
    before = other.state_dict()
    damaged, content = tmp_path / "damaged.json", parsed(text)
    for i in range(0, len(text), 3):
        changed = text[:i] + b"7x"[i % 2 : i % 2 + 1] + text[i + 1 :]
        damaged.write_bytes(changed)
        if parsed(changed) == content:  # a blank more
            continue
        with pytest.raises(ValueError, match=r"damaged\.json was not loaded: "):
            other.load(damaged)
        assert other.state_dict() == before
    for i in range(0, len(text) - 2, 25):
        damaged.write_bytes(text[:i])
        with pytest.raises(ValueError, match="no JSON, or damaged"):
            mg.load(damaged)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "a letter"}, "it is not a 'microgradnet net 1'"),
        ({"kind": "Perceptron"}, "'Perceptron' of 2 layers is no net"),
        ({"kind": "Layer"}, "'Layer' of 2 layers is no net"),
        ({"inputs": 3}, "17 parameters, but its sizes say 20"),
        ({"inputs": "2"}, "inputs is a whole number from 1"),
        ({"layers": 7}, "it has 7 where a list belongs"),
        ({"layers": [{"neurons": ["h1"]}]}, "a layer has neurons and an activation"),
        ({"parameters": {"w1": 1.0}}, "1 parameters, but its sizes say 17"),
        ({"frozen": ["w99"]}, "not among the parameters"),
        ({"frozen": [["w1"]]}, "where a str belongs"),
        ({"layers": [{"neurons": ["o1"], "activation": "swoosh"}],
          "parameters": {"w1": 1.0, "w2": 1.0, "b1": 1.0}}, "unknown activation 'swoosh'"),
    ],
)  # fmt: skip
def test_a_file_written_by_hand_is_told_what_is_wrong(net, tmp_path, change, says):
    path = net.save(tmp_path / "net.json")
    content = json.loads(path.read_text()) | change
    del content["checksum"]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=says):
        mg.load(path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "true", '"1"', "null", "10" * 400])
def test_a_parameter_is_a_finite_number(net, tmp_path, number):
    path = net.save(tmp_path / "net.json")
    content = json.loads(path.read_text())
    del content["checksum"]
    content["parameters"]["w3"] = "HERE"
    path.write_text(json.dumps(content).replace('"HERE"', number))
    before = net.state_dict()
    with pytest.raises(ValueError, match="was not loaded"):
        net.load(path)
    assert net.state_dict() == before


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", "[" * 100_000, "\xff\xfe", '{"a": 1}'])
def test_a_foreign_file_is_refused(net, tmp_path, text):
    path = tmp_path / "foreign"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match="foreign was not loaded"):
        net.load(path)


def test_a_net_of_another_shape_is_refused(net, tmp_path):
    path = net.save(tmp_path / "net.json")
    for other in (mg.MLP(2, [2, 1]), mg.MLP(2, [3, 2]), mg.Neuron(2)):
        before = other.state_dict()
        with pytest.raises(ValueError, match="does not fit into"):
            other.load(path)
        assert other.state_dict() == before
    with pytest.raises(OSError, match="absent"):
        mg.load(tmp_path / "absent.json")


def test_what_cannot_be_saved_is_said_and_the_old_file_stays(net, tmp_path, monkeypatch):
    path = net.save(tmp_path / "net.json")
    before = path.read_bytes()
    net.parameters()[0].data = math.inf
    with pytest.raises(ValueError, match="w1 is inf"):
        net.save(path)
    with pytest.raises(ValueError, match=r"has one activation, with a name \(mg.op"):
        mg.save(mg.Neuron(2, activation=lambda v: v.tanh()), path)
    with pytest.raises(TypeError, match="take an MLP, a Layer or a Neuron"):
        mg.save(mg.Module(), path)
    net.parameters()[0].data = 1.0
    monkeypatch.setattr(os, "replace", lambda a, b: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        net.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["net.json"]


FIRST = "import microgradnet as mg; net = mg.MLP(2, [2, 1]);"


@pytest.mark.parametrize("made", few(["net", "net.layers[0]"], 1))
def test_the_first_thing_a_new_process_does_may_be_to_save_a_net_or_to_load_one(made, tmp_path):
    path = str(tmp_path / "net.json")
    for code in (f"{made}.save({path!r})", f"print({made}.load({path!r}) is {made})"):
        command = [sys.executable, "-c", f"{FIRST} {code}"]
        done = subprocess.run(command, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("True\n", "")
