"""What programs promise: a graph written down once, run on any numbers as if recorded anew."""

import pytest

import microgradnet as mg
from microgradnet import Value


def line():
    """The squared error of a line, its gradient and its inputs."""
    w, b, x = Value(0.5, "w"), Value(0.1, "b"), Value(2.0, "x")
    loss = (w * x + b - 1) ** 2
    loss.label = "loss"
    return [loss, *mg.grad(loss, [w, b])], [w, b, x]


def test_a_program_gives_the_numbers_that_were_recorded():
    outputs, inputs = line()
    assert mg.compile(outputs, inputs)(0.5, 0.1, 2.0) == tuple(v.data for v in outputs)


def test_a_program_gives_the_numbers_of_other_inputs():
    outputs, inputs = line()
    assert mg.compile(outputs, inputs)(1.0, 0.0, 3.0) == (4.0, 12.0, 4.0)


def test_a_program_is_python_that_can_be_read():
    outputs, inputs = line()
    text = str(mg.compile(outputs, inputs))
    assert text.startswith("def program(w, b, x):\n    t3 = w * x\n    t4 = t3 + b\n")
    assert "loss = t5 * t5" in text


def test_what_it_says_is_what_it_does():
    outputs, inputs = line()
    program = mg.compile(outputs, inputs)
    exec(str(program), names := {})
    assert names["program"](1.0, 0.0, 3.0) == program(1.0, 0.0, 3.0)


def test_rows_are_run_each_by_itself():
    outputs, inputs = line()
    program = mg.compile(outputs, inputs)
    found = program.map([1.0, 0.0], [[3.0], [1.0]])
    assert found.tolist() == [[4.0, 12.0, 4.0], [0.0, 0.0, 0.0]]


def test_the_mean_over_rows_is_a_batch_gradient():
    outputs, inputs = line()
    assert mg.compile(outputs, inputs).mean([1.0, 0.0], [[3.0], [1.0]]).tolist() == [2.0, 6.0, 2.0]


def test_a_scan_is_a_whole_training():
    w, x = Value(1.0, "w"), Value(2.0, "x")
    loss = (w * x) ** 2
    (slope,) = mg.grad(loss, [w])
    state, history = mg.compile([w - 0.125 * slope, loss], [w, x]).scan([1.0], [[1.0]], epochs=2)
    assert state.tolist() == [0.5625]
    assert history.tolist() == [[1.0], [0.5625]]


def test_another_engine_gives_the_same():
    outputs, inputs = line()
    ours = mg.compile(outputs, inputs, engine="python")(1.0, 0.0, 3.0)
    assert mg.compile(outputs, inputs, engine="numpy")(1.0, 0.0, 3.0) == ours


def test_a_function_of_numbers_is_recorded():
    assert mg.record(lambda a, b: (a * b, a + b), 1.0, 1.0)(3.0, 4.0) == (12.0, 7.0)


def test_a_branch_on_a_number_is_an_error_that_names_the_line():
    with pytest.raises(mg.BranchError, match="x if x > 0 else -x"):
        mg.record(lambda x: x if x > 0 else -x, 1.0)
