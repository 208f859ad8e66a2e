"""What a file defines and never calls is fed: objects, arguments, data of unequal sizes."""

import re
from pathlib import Path

import numpy as np
import pytest

from microgradnet.tape.feeding.dimensions import Sizes, told_shapes
from microgradnet.tape.feeding.feeder import Fed, feed
from microgradnet.tape.feeding.own_code import Code
from microgradnet.tape.feeding.running import FileRun
from microgradnet.tape.limits import NAMES, ending_loops
from microgradnet.tape.sources import read

TEXTS = {
    file.stem: file.read_text(encoding="utf-8")
    for file in sorted((Path(__file__).parent / "corpus" / "fed").glob("*.py"))
}
CALLED = {
    file.stem: file.read_text(encoding="utf-8")
    for file in (Path(__file__).parent / "corpus" / "called").glob("*.py")
}
CASES = {name: re.match('"""Fed: (.*)[.]"""', text)[1] for name, text in TEXTS.items()}


def fed(text, **options):
    text = text if "import numpy" in text else "import numpy as np\n" + text
    namespace = {**NAMES, "__name__": "fed", "__file__": "fed.py"}
    exec(ending_loops(text, "fed.py"), namespace)
    with np.errstate(all="ignore"):
        return list(feed(namespace, text, **options))


@pytest.fixture(scope="module")
def every():
    return {name: fed(text) for name, text in TEXTS.items()}


@pytest.mark.parametrize("name", CASES)
def test_what_is_never_called_is_fed(every, name):
    assert [x.goal for x in every[name]] == [CASES[name]]


def shapes(x):
    """The shapes of all arrays in what was made up."""
    if isinstance(x, np.ndarray):
        return [x.shape]
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()
    return [shape for part in parts for shape in shapes(part)]


@pytest.mark.parametrize("name", CASES)
def test_it_can_be_done_again_at_other_sizes(every, name):
    (first,) = every[name]
    other = first.again(3)
    assert [call.name for call in other.calls] == [call.name for call in first.calls]
    before, after = ([shapes(call.arguments) for call in x.calls] for x in (first, other))
    assert before != after


@pytest.mark.parametrize("name", CASES)
def test_sizes_are_unequal(every, name):
    (first,) = every[name]
    matrices = [s for call in first.calls for s in shapes(call.arguments) if len(s) > 1]
    assert all(len(set(s)) > 1 for s in matrices)


def test_what_was_made_up_is_said(every):
    (first,) = every["trainer"]
    assert first.text.startswith("Made up: Network(input_size=")
    assert "Network.train(X=" in first.text


def test_the_caller_makes_the_calls():
    seen = []

    def call(function, *inputs, **options):
        seen.append(function.__name__)
        return function(*inputs, **options)

    (first,) = fed(TEXTS["dense"], call=call)
    assert seen[:2] == ["Layer", "forward"]
    seen.clear()
    first.again(2, call=call)
    assert seen == ["Layer", "forward", "backward"]


def test_what_ran_already_is_not_fed():
    assert fed(TEXTS["layers"], ran={"Affine.backward"}) == []


@pytest.mark.slow
def test_what_gives_only_zeros_or_no_numbers_is_not_fed():
    for body in ("return dout * 0", "return dout / 0", "raise NotImplementedError"):
        found = fed(f"def backward(dout):\n    {body}\n")
        assert not any(isinstance(x, Fed) for x in found)


@pytest.mark.slow
def test_the_reason_for_what_is_not_fed_is_its_own_error():
    text = "def train(data):\n    dw = len(data.rows()) + data.nothing\n    return dw\n"
    (unfed,) = fed(text)
    assert unfed.goal == "train"
    assert "train did not run" in unfed.reason
    assert "line 3, AttributeError" in unfed.reason


def test_annotations_tell_the_kinds_of_lists():
    (first,) = fed(CALLED["annotated"])
    values = first.calls[-1].arguments
    assert isinstance(values["inputs"][0], list)
    assert isinstance(values["name"], str)


def test_keywords_are_fed_by_the_keys_that_the_code_reads(every):
    (first,) = every["keywords"]
    assert first.calls[-1].arguments.keys() == {"inputs", "rate"}


def test_a_function_that_sets_global_names_is_called_first(every):
    (first,) = every["globals"]
    assert [call.name for call in first.calls] == ["init", "train"]


def test_what_is_fed_is_the_same_each_time():
    first, second = (fed(TEXTS["net"])[0] for _ in range(2))
    assert first.text == second.text
    assert str(first.calls[-1].arguments) == str(second.calls[-1].arguments)


def test_sizes_keep_their_relations():
    sizes = Sizes()
    a, b, c, d = (sizes.new() for _ in range(4))
    sizes.set(c, sizes[a] + sizes[b])
    sizes.set(d, sizes[a])
    other = sizes.other(1)
    assert other[c] == other[a] + other[b]
    assert other[d] == other[a] != other[b]


def test_a_size_that_is_told_as_a_product_stays_one():
    def project(x, w):
        """x: (N, d_1, ..., d_k), w: (D, M), where D = d_1 * ... * d_k."""

    told = told_shapes(Code({}, Path(__file__).read_text()), project)
    assert told["w"].dims == ("d_1*d_k", "M")


ADD = "    def add(self, layer):\n        self.layers.append(layer)\n"
STACK = CALLED["stack"]
GIVEN = STACK.replace(
    "self):\n        self.layers = []", "self, layers):\n        self.layers = layers"
)


@pytest.mark.parametrize("text", [STACK, GIVEN.replace(ADD, "")], ids=["added", "given"])
def test_a_net_gets_two_layers_of_chained_sizes(text):
    net = next(x for x in fed(text) if x.goal == "Network.fit")
    first, second = (c.arguments for c in net.calls if c.name == "Dense")
    assert first["n_out"] == second["n_in"]
    assert len({*first.values(), *second.values()}) == 3


def test_a_call_that_exits_is_tried_with_other_arguments():
    text = "def train(w, x):\n    if x.ndim < 3:\n        raise SystemExit\n    w -= x.sum() * w\n"
    assert [type(x).__name__ for x in fed(text)] in (["Fed"], ["Unfed"])


def test_sequences_of_indices_are_short_and_not_truncated(every):
    (first,) = every["sequences"]
    made, train = (call.arguments for call in first.calls)
    assert made["hidden_dim"] < 20
    assert made["bptt_truncate"] == 99
    assert {x.dtype.kind for x in train.values()} == {"i"}


def test_a_loop_that_steps_is_a_training_by_any_name_and_ends_in_time(tmp_path):
    (tmp_path / "net.py").write_text(CALLED["loops"])
    run = FileRun(read(tmp_path / "net.py"))
    run.record()
    (first,) = run.feds(lambda: False)
    assert first.goal == "Net.egit"
    assert first.calls[0].arguments == {"activation": "tanh"}  # the default of several


def test_steps_of_time_in_two_tables_may_differ_in_shape():
    text = "def f_forward(x):\n    hs, ps = {0: x}, {0: x.sum(axis=1)}\n    return hs, ps\n"
    text += "def f_backward(hs, ps):\n    dx = hs[0] + ps[0][:, None]\n    return dx\n"
    assert [type(x) for x in fed(text)] == [Fed]


@pytest.mark.parametrize("line", ["self.w = w + misspelt", "self.w = self.nowhere(w)"])
def test_what_the_file_never_defines_is_its_own_mistake(line):
    (unfed,) = fed(f"class Net:\n    def train(self, w):\n        {line}\n        dw = w\n")
    assert unfed.reason.startswith("Net.train cannot run: line 4 stops (")
