"""A person's file on its own numbers: what a reader new to this room tries first."""

import numpy as np
import pytest

from microgradnet.tape import Source, UnreadableError, execute, feed, read
from microgradnet.tape.limits import CLOCK, ending_loops


def written(folder, text):
    file = folder / "net.py"
    file.write_text(text, encoding="utf-8")
    return file


def ran(folder, text):
    return execute(read(written(folder, text)), seconds=0.2)


LAYER = """
import numpy as np
class Scale:
    def forward(self, x):
        self.x = x
        return 3 * x
    def backward(self, dout):
        return 3 * dout
"""


def test_a_file_is_read_as_a_text(tmp_path):
    assert read(written(tmp_path, "x = 1\n")).text == "x = 1\n"


def test_a_line_has_a_name(tmp_path):
    assert read(written(tmp_path, "x = 1\n")).place(1) == "line 1"


def test_a_line_of_a_notebook_is_counted_in_its_cell(tmp_path):
    source = Source(tmp_path / "a.ipynb", "x = 1\ny = 2", ((1, 1), (2, 2)))
    assert source.place(2) == "cell 2, line 1"


def test_what_is_no_python_is_refused(tmp_path):
    with pytest.raises(UnreadableError):
        read(written(tmp_path, "x = = 1"))


def test_a_file_is_run_for_its_names(tmp_path):
    assert ran(tmp_path, "x = 1 + 1").namespace["x"] == 2


def test_what_a_file_lacks_is_made_up_and_said(tmp_path):
    found = ran(tmp_path, "import numpy as np\nX = np.loadtxt('a.csv')[:, :2]")
    assert found.namespace["X"].shape == (12, 2)
    assert found.notes == ["a.csv gives 12 made-up rows of 5 columns"]


def test_what_a_file_prints_is_not_shown(tmp_path, capsys):
    ran(tmp_path, "print('hello')")
    assert capsys.readouterr().out == ""


def test_a_loop_without_an_end_ends(tmp_path):
    assert ran(tmp_path, "n = 0\nwhile True:\n    n += 1").namespace["n"] > 1


def test_a_layer_that_is_never_called_is_fed(tmp_path):
    (fed,) = feed(ran(tmp_path, LAYER).namespace, LAYER)
    assert [call.name for call in fed.calls] == ["Scale", "Scale.forward", "Scale.backward"]


def test_what_was_fed_is_said(tmp_path):
    (fed,) = feed(ran(tmp_path, LAYER).namespace, LAYER)
    assert fed.text.startswith("Made up: Scale(), Scale.forward(x=array(")


def test_what_was_fed_is_fed_again_with_other_numbers(tmp_path):
    (fed,) = feed(ran(tmp_path, LAYER).namespace, LAYER)
    last = fed.again(1).calls[-1]
    assert np.array_equal(last.result, 3 * last.arguments["dout"])
    assert last.result.shape != fed.calls[-1].result.shape


def test_loops_end_when_the_clock_says_so():
    names = {"_early_": CLOCK.early}
    CLOCK.start(0.0)
    exec(ending_loops("for i in range(10 ** 9):\n    pass", "a.py"), names)
    assert names["i"] == 2
