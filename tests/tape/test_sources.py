"""Sources: files of Python, of older Python, and notebooks, and the names of their lines."""

import ast
import json
import linecache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradnet.tape.sources import UnreadableError, line_of_file, lines_of_file, read, statements


def written(folder, content, name="a.py"):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def notebook(*cells, **more):
    code = [{"cell_type": "code", "source": cell, "metadata": {}} for cell in cells]
    return json.dumps({"cells": [{"cell_type": "markdown", "source": "# Title"}, *code], **more})


def run(source):
    names = {}
    exec(compile(source.text, "a.py", "exec"), names)
    return names


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfname = 'gr\xc3\xbc\xc3\x9fe'\n",
        b"# -*- coding: latin-1 -*-\nname = 'gr\xfc\xdfe'\n",
        b"name = 'gr\xfc\xdfe'\n",  # no cookie: Python refuses it, and it says the same
        b"x = 1\r\nname = 'gr\xc3\xbc\xc3\x9fe'\r\n",
    ],
    ids=["mark", "cookie", "none", "windows"],
)
def test_a_text_is_decoded_whatever_wrote_it(tmp_path, content):
    source = read(written(tmp_path, content))
    assert run(source)["name"] == "grüße"
    assert "\r" not in source.text


def test_tabs_and_blanks_may_be_mixed_as_they_could_be_once(tmp_path):
    source = read(written(tmp_path, "if 1:\n        x = 1\n\ty = 2\n"))
    assert run(source)["y"] == 2


PYTHON_2 = """\
def f(x):
    print "at", x  # of it
    print "a {0}".format(
        x)
    try:
        raise ValueError, "no"
    except ValueError, error:
        print error; return 10L
    return x <> 1
y = f(2)
"""


def test_python_2_is_read_with_its_lines_where_they_were(tmp_path):
    source = read(written(tmp_path, PYTHON_2))
    assert len(source.text.split("\n")) == len(PYTHON_2.split("\n"))
    assert run(source)["y"] == 10


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.py", "x = 1\ny = f(1\n", r"^line 2 is not Python: '\(' was never closed$"),
        ("a.py", "x = 1\0", "is not Python"),
        ("a.ipynb", notebook("def"), "cell 1, line 1 is not Python"),
        *(
            ("a.ipynb", text, r"a\.ipynb is no notebook")
            for text in ("{}", "no json", "[1]", '{"worksheets": []}')
        ),
    ],
)
def test_what_cannot_be_read_is_a_sentence_with_its_place(tmp_path, name, content, says):
    with pytest.raises(UnreadableError, match=says):
        read(written(tmp_path, content, name))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*b\.py"):
        read(tmp_path / "b.py")


def test_a_notebook_is_one_text_and_its_lines_are_those_of_cells(tmp_path):
    text = notebook("%matplotlib inline\nx = 1", "", ["y = x\n", '!ls "a\n', "z = y + 1"])
    source = read(written(tmp_path, text, "a.ipynb"))
    assert run(source)["z"] == 2
    line = source.text.split("\n").index("z = y + 1") + 1
    assert source.place(line) == "cell 2, line 3"
    assert source.place(1) == "cell 1, line 1"


@pytest.mark.parametrize(
    "cell",
    [
        "%%bash\nls",
        "%%time\nx = 2",
        "%load_ext autoreload\nx = 2",
        "files = !ls\nx = 2",
        "len?\nx = 2",
        "if True:\n    %pylab inline\nx = 2",
        "x = 7 \\\n  % 5",
        "from __future__ import division\nx = 2",
    ],
)
def test_magics_and_commands_are_blanked_and_nothing_else(tmp_path, cell):
    source = read(written(tmp_path, notebook("x = 2", cell), "a.ipynb"))
    assert run(source)["x"] == 2
    assert source.text.count("\n") == 1 + cell.count("\n") + 1
    assert source.notes == ()


def test_a_cell_that_is_no_python_is_left_out_and_said(tmp_path):
    source = read(written(tmp_path, notebook("x = 2", "y = (1,\n2", "z = x"), "a.ipynb"))
    assert run(source)["z"] == 2
    assert source.notes == (
        "A cell is left out: cell 2, line 1 is not Python: '(' was never closed.",
    )
    assert source.place(2) == "cell 3, line 1"


def test_notebooks_of_the_third_format_are_read(tmp_path):
    cells = [{"cell_type": "code", "input": ["x = 3"], "language": "python"}]
    text = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3})
    assert run(read(written(tmp_path, text, "a.ipynb")))["x"] == 3


def test_cells_are_read_by_their_tag_or_the_name_of_the_package(tmp_path):
    cells = [
        {"cell_type": "code", "source": f"x = {i}", "metadata": {"tags": tags}}
        for i, tags in enumerate((["a"], ["microgradnet"], []))
    ]
    file = written(tmp_path, json.dumps({"cells": cells}), "a.ipynb")
    assert run(read(file))["x"] == 1
    assert run(read(file, "a"))["x"] == 0
    with pytest.raises(ValueError, match=r"no cell of .* is tagged b; .*: a, microgradnet"):
        read(file, "b")
    with pytest.raises(ValueError, match="is no notebook"):
        read(written(tmp_path, "x = 1"), "a")


LINES = st.lists(
    st.sampled_from(["x = 1", "", "y = [1,\n2]", "a = 1; b = 2", "def f():\n    pass"])
)


@given(LINES)
def test_statements_one_by_one_are_the_file(lines):
    """Each statement is in one of the texts, at its line."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        source = read(written(Path(folder), "\n".join(lines)))
    alone = [n for _, text in statements(source) for n in ast.parse(text).body]
    assert [ast.dump(n, include_attributes=True) for n in alone] == [
        ast.dump(n, include_attributes=True) for n in source.tree().body
    ]


def test_imports_of_the_future_hold_for_each_statement(tmp_path):
    text = '"""Doc."""\nfrom __future__ import annotations\ndef f(x: Nowhere): return 1\n'
    names = {}
    for _, alone in statements(read(written(tmp_path, text))):
        exec(compile(alone, "a.py", "exec", dont_inherit=True), names)
    assert names["f"](2) == 1


def test_a_path_is_that_of_a_file_here_and_of_none_along_the_paths_of_imports(
    tmp_path, monkeypatch
):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "net.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(elsewhere)
    monkeypatch.chdir(tmp_path)
    assert lines_of_file("net.py") == []
    linecache.getlines("net.py")
    (tmp_path / "net.py").write_text("y = 2\n")
    assert lines_of_file("net.py") == ["y = 2\n"]
    assert (line_of_file("net.py", 1), line_of_file("net.py", 2)) == ("y = 2\n", "")
