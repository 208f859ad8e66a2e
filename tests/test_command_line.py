"""The command line: a file is checked as it stands; the exit status says how it went."""

import subprocess
import sys

import pytest

from microgradnet.__main__ import main
from microgradnet.grading import workers
from tests.grading.homework import RIGHT, in_this_process
from tests.sources import text_of

NET = text_of("net_class")


@pytest.fixture
def checked(tmp_path, capsys, monkeypatch):
    """Checks a name of a source, in this process, and returns the exit status and what was said."""
    monkeypatch.setattr(workers, "check_file", in_this_process)

    def check(source, name, *options):
        file = tmp_path / "net.py"
        file.write_text(source)
        status = main(["check", f"{file}:{name}", *options])
        said = capsys.readouterr()
        return status, said.out + said.err

    return check


@pytest.mark.slow
def test_a_class_is_checked_on_the_data_of_its_file_and_not_run_as_a_script(checked):
    status, said = checked(NET, "Net")
    assert status == 0, said
    assert "update w" in said
    assert "said by the file" not in said


@pytest.mark.slow
def test_a_method_of_another_name_is_found(checked):
    status, said = checked(NET.replace("def train", "def learn"), "Net", "--method", "learn")
    assert status == 0, said


@pytest.mark.slow
def test_differences_stand_beside_where_asked_for(checked):
    assert "by diff" not in checked(RIGHT, "by_hand")[1]
    assert "by diff" in checked(RIGHT, "by_hand", "--witness")[1]


def test_what_is_not_there_gives_status_2(checked, tmp_path, capsys):
    assert checked(RIGHT, "by_foot")[0] == 2
    assert main(["check", str(tmp_path / "absent.py:by_hand")]) == 2
    assert "there is no file" in capsys.readouterr().err
    assert main(["check", "net.py"]) == 2
    assert "there is no file net.py" in capsys.readouterr().err


def test_an_error_of_the_file_is_shown_without_our_own_lines(checked):
    status, said = checked("1 / 0", "by_hand")
    assert status == 2
    assert said == "microgradnet: ZeroDivisionError: division by zero\n"


def test_without_arguments_the_help_is_shown_and_the_status_is_2(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["microgradnet"])
    assert main() == main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("microgradnet check net.py:derive_by_hand") == 2


def test_the_help_of_80_columns_has_each_command_in_one_line(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) < 80
    commands = lines[lines.index("  command") + 1 : lines.index("options:") - 1]
    names = [line.split()[0] for line in commands]
    assert names == [
        "check",
        "schema",
        "draw",
        "page",
        "explain",
        "derive",
        "practice",
        "playground",
    ]
    texts = [line.index(line.split(maxsplit=1)[1]) for line in commands]
    assert len({*texts}) == 1
    assert commands[-1].endswith("Write a site where code is checked in the browser")


def test_python_dash_m_runs_it(tmp_path):
    command = [sys.executable, "-m", "microgradnet", "check", "absent.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, "there is no file absent.py" in done.stderr) == (2, True)


@pytest.mark.slow
def test_a_reader_who_has_read_enough_is_told_nothing(tmp_path):
    """`microgradnet schema | head` ended in a line about a broken pipe."""
    command = [sys.executable, "-m", "microgradnet", "schema"]
    running = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    running.stdout.close()
    said = running.stderr.read()
    running.stderr.close()
    assert (running.wait(), said) == (2, b"")
