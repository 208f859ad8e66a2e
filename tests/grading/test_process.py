"""mg.check_file: code that ends itself, takes too much or prints a lot; the folder it works in."""

import os

import pytest

import microgradnet as mg

RIGHT = """
def by_hand(w, x, y_true):
    y_pred = w * x
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = 2 * (y_pred - y_true)
    d_ypred_d_w = x
    return locals()
"""


@pytest.fixture
def checked(tmp_path):
    """Checks a source in a process of its own."""

    def check(source, **settings):
        file = tmp_path / "net.py"
        file.write_text(source)
        return mg.check_file(file, **settings)

    return check


def test_the_report_is_that_of_this_process(checked, tmp_path):
    report = checked(RIGHT.replace("= x\n", "= w\n"), witness=True)
    assert report == mg.check(tmp_path / "net.py", witness=True)
    assert report.rows[0].mistake == "uses w where x belongs"


def test_an_endless_loop_is_ended(checked):
    with pytest.raises(mg.NotCheckedError, match=r"takes longer than 0.5 s"):
        checked("while True: pass", timeout=0.5)


def test_data_beside_the_file_is_read_and_stays_as_it_is(checked, tmp_path):
    data = tmp_path / "train.csv"
    data.write_text("1")
    source = f"{RIGHT}assert open('train.csv').read() == '1'\nopen('train.csv', 'w').write('2')\n"
    assert checked(f"{source}import os\nos.remove('train.csv')\nopen('more', 'w')")
    assert data.read_text() == "1"
    assert {p.name for p in tmp_path.iterdir()} == {"net.py", "train.csv"}


def test_what_lies_beside_the_file_is_imported(checked, tmp_path):
    (tmp_path / "helper.py").write_text("def double(x):\n    return 2 * x\n")
    source = f"from helper import double\n{RIGHT}".replace("2 * (y_pred", "double(y_pred")
    assert checked(source)
    assert {p.name for p in tmp_path.iterdir()} == {"net.py", "helper.py"}


def test_nothing_of_the_environment_is_handed_on(checked, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    assert checked(f"{RIGHT}import os\nassert 'TOKEN' not in os.environ")
    assert os.environ["TOKEN"] == "secret"


@pytest.mark.parametrize("limit", [{"timeout": 0}, {"memory": -1}, {"timeout": float("nan")}])
def test_a_limit_that_is_none_is_refused(checked, limit):
    with pytest.raises(ValueError, match="expected a number above 0"):
        checked(RIGHT, **limit)
