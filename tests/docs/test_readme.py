"""The manual: the README's code runs and prints what it says, docstring examples too."""

import contextlib
import io
import re

from tests.places import README


def test_the_readmes_code_prints_what_its_comments_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(blocks) >= 4
    code = "\n".join(blocks)
    file = tmp_path / "readme.py"  # where a reader's own code stands, too
    file.write_text(code, encoding="utf-8")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, str(file), "exec"), {})
    expected = re.findall(r"^print\(.*\)  # (.*)$", code, re.M)
    assert expected
    for text in expected:
        assert text in printed.getvalue().splitlines()
    tables = re.findall(r"```text\n(.*?)```", README, re.S)
    assert tables
    for table in tables:
        assert table in re.sub(" +$", "", printed.getvalue(), flags=re.M)
    assert (tmp_path / "out" / "net.svg").read_text(encoding="utf-8").count("<svg") == 1
