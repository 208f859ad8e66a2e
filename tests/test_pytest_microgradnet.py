"""The plugin of pytest: its fixture, a test for each derivation of a file, and what it costs."""

import tomllib

import pytest

import pytest_microgradnet
from microgradnet import testing
from microgradnet.checking.reporting.report import Report, Row
from microgradnet.grading.answers import NotCheckedError
from microgradnet.words import say
from tests.grading.homework import RIGHT, WRONG, in_this_process
from tests.places import ROOT
from tests.sources import text_of

PAIR = text_of("relu_pair")


@pytest.fixture
def run(pytester, monkeypatch):
    """Run pytest with the plugin in a folder, in this process; check files in it, too."""
    pytester.makeini("[pytest]")  # not the options of whatever project lies around that folder
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # installed or not: it is loaded once
    monkeypatch.setattr(
        testing, "check_file", lambda file: in_this_process(file, timeout=0, memory=0)
    )
    return lambda *arguments: pytester.runpytest_inprocess(
        "-p", "pytest_microgradnet", "-p", "no:cacheprovider", *arguments
    )


def test_the_fixture_passes_a_right_pair_and_fails_with_the_report_of_a_wrong_one(run, pytester):
    pytester.makepyfile(test_right=PAIR, test_wrong=PAIR.replace("x.T @ dz", "dz.T @ x"))
    done = run()
    done.assert_outcomes(passed=1, failed=1)
    done.stdout.fnmatch_lines(
        [
            "*> * report = microgradnet_backward(relu, relu_backward, *",
            "E * AssertionError: not right: return dz.T @ x",
            "E * derivative * verdict *",
            "E * return dz.T @ x * wrong *",
            "E *   dz.T @ x is transposed",
            "*FAILED test_wrong.py::test_relu - AssertionError: not right: return dz.T @ x*",
        ]
    )
    assert "testing.py" not in done.stdout.str()  # the traceback ends in the test


def test_each_derivation_of_the_files_is_a_test_that_fails_with_its_own_report(run, pytester):
    both = RIGHT + WRONG.replace("by_hand", "other")
    pytester.makepyfile(both=both, right=RIGHT, test_own="def test_own(): pass")
    done = run("-v", "--microgradnet", "both.py", "right.py")
    done.assert_outcomes(passed=3, failed=1)
    done.stdout.fnmatch_lines(
        [
            "*collected 4 items",
            "test_own.py::test_own PASSED*",
            "both.py::by_hand PASSED*",
            "both.py::other FAILED*",
            "right.py::by_hand PASSED*",
            "not right: d_ypred_d_w, d_L_d_w",
            "d_ypred_d_w, line 14: d_ypred_d_w = w",
            "  uses w where x belongs",
            "FAILED both.py::other - not right: d_ypred_d_w, d_L_d_w",
        ]
    )
    shown = done.stdout.str().partition("FAILURES")[2]
    assert "by_hand" not in shown  # nor the note on the file, which is about both


def test_a_file_that_cannot_be_checked_is_a_failing_test_with_the_reason(run, pytester):
    pytester.makepyfile(plain="x = 1", broken="def f(:")
    done = run("--microgradnet", "plain.py", "absent.py", "broken.py")
    done.assert_outcomes(failed=3)
    done.stdout.fnmatch_lines(
        [
            "*has nothing that trains or derives and can be checked*",
            "FAILED plain.py::check - *",
            "FAILED absent.py::check - there is no file *",
            "FAILED broken.py::check - *is not Python*",
        ]
    )


def test_its_tests_are_chosen_as_others_are_and_the_files_are_not_imported(run, pytester):
    pytester.makepyfile(hw=RIGHT + WRONG.replace("by_hand", "other"))
    run("--microgradnet", "hw.py", "-k", "by_hand").assert_outcomes(passed=1, deselected=1)
    pytester.makepyfile(test_both=RIGHT + "\nraise SystemExit('imported')")
    pytester.mkdir("empty")
    run("--microgradnet", "test_both.py", "--", "empty").assert_outcomes(passed=1)


def test_the_derivations_of_a_file_are_named_by_where_their_lines_stand(tmp_path, monkeypatch):
    file, beside = tmp_path / "a.py", tmp_path / "b.py"
    file.write_text("x = 1\nclass A:\n    def f(self):\n        def g():\n            pass\n")
    beside.write_text("def h():\n    pass\n")
    places = [(file, 1), (file, 3), (file, 5), (beside, 2), ("", 0)]
    rows = [
        Row(f"d{k}", "right", 1.0, 1.0, 0.0, file=str(f), line=n) for k, (f, n) in enumerate(places)
    ]
    monkeypatch.setattr(testing, "check_file", lambda file: Report(tuple(rows)))
    found = {name: [row.name for row in r.rows] for name, r in testing.derivations(file).items()}
    assert found == {"<module>": ["d0", "d4"], "A.f": ["d1"], "A.f.g": ["d2"], "b.py:h": ["d3"]}


def test_a_report_that_is_not_right_says_so_in_its_first_line():
    untold = Row("dW", "cannot tell", 1.0, 1.0, 0.0, why=say("it is no number"))
    with pytest.raises(AssertionError, match=r"^not right: dW\n"):
        testing.assert_right(Report((untold,)))
    with pytest.raises(AssertionError, match=r"^Nothing was checked"):
        testing.assert_right(Report(()))
    scaled = Row("dW", "scaled", 1.0, 2.0, 0.0)
    assert testing.assert_right(Report((scaled,))) is None


def test_loading_the_plugin_imports_neither_the_package_nor_numpy(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_imported():
            assert "pytest_microgradnet" in sys.modules
            assert not {"numpy", "microgradnet", "rich"} & {*sys.modules}
        """
    )
    pytester.runpytest_subprocess("-p", "pytest_microgradnet").assert_outcomes(passed=1)


def test_the_package_says_where_the_plugin_is_and_ships_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (name,) = project["project"]["entry-points"]["pytest11"].values()
    assert name == pytest_microgradnet.__name__
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert f"{name}.py" in wheel["only-include"]


def test_what_cannot_be_checked_is_an_error_that_the_plugin_catches():
    assert issubclass(NotCheckedError, (OSError, ValueError, RuntimeError))
