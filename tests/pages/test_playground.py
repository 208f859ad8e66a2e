"""The playground without its browser: what Python answers, and what is written where."""

import functools
import http.server
import io
import json
import re
import threading
import zipfile

import pytest

from microgradnet.__main__ import main
from microgradnet.pages.playground.code_samples import catalogue
from microgradnet.pages.playground.session import Session
from microgradnet.pages.playground.site_files import FILES, archive, code_samples, write_playground
from microgradnet.words import LANGUAGES
from tests.marks import can_render, sampled

MISTAKE = "uses x[0] where x[1] belongs: copied from d_h2_d_w3?"


@pytest.fixture
def session(tmp_path):
    return Session(tmp_path)


def test_the_first_sample_names_its_mistake_with_its_line(session):
    code = code_samples()["mistake"]
    found = json.loads(session.check(code))
    wrong = [row for row in found["rows"] if row["kind"] == "wrong"]
    assert [row["name"] for row in wrong] == ["d_h2_d_w4"]
    assert MISTAKE in wrong[0]["said"]
    assert code.splitlines()[wrong[0]["line"] - 1].split() == (
        ["d_h2_d_w4", "=", "x[0]", "*", "deriv_sigmoid(sum_h2)"]
    )
    assert found["counts"] == "1 wrong, 1 follows, 12 right"
    assert found["right"] is False


@pytest.mark.slow
@pytest.mark.parametrize("name", ["class", "arrays", "layer", "plain"])
def test_the_other_samples_are_right(session, name):
    assert json.loads(session.check(code_samples()[name]))["right"] is True


@pytest.mark.slow
def test_a_mistake_of_the_catalogue_is_named(session):
    named = dict(catalogue("en"))
    report = json.loads(session.check(named["The wrong axis"]))
    (row,) = [row for row in report["rows"] if row["kind"] == "wrong"]
    assert "sums over axis 1 where the sum over axis 0 belongs" in row["said"]
    assert (row["written"], row["right"]) == ("", "")  # of another shape
    assert "sigmoid" not in named["The wrong axis"]
    assert "def deriv_sigmoid" in named["The slope taken at the activated value"]
    assert json.loads(session.check(named["* for @"]))["counts"] != "1 not checked, 1 right"


@pytest.mark.slow
def test_each_mistake_of_the_catalogue_is_one(session):
    for heading, code in sampled(catalogue("en")):
        assert json.loads(session.check(code))["right"] is False, heading


def test_the_catalogue_has_the_same_code_in_both_languages():
    english, chinese = (dict(catalogue(lang)) for lang in LANGUAGES)
    assert [*english.values()] == [*chinese.values()]
    assert not any(heading.isascii() for heading in chinese)


@pytest.mark.slow
def test_it_answers_in_chinese(tmp_path):
    found = json.loads(Session(tmp_path, "zh").check(code_samples()["mistake"]))
    assert not found["counts"].isascii()
    assert not any(text.isascii() for row in found["rows"] for text in row["said"])


@can_render
@pytest.mark.slow
def test_what_is_checked_is_drawn_and_of_arrays_the_page_is_the_reports(session):
    session.check(code_samples()["mistake"])
    drawn = json.loads(session.picture())
    assert {*drawn} == {"light", "dark"}
    assert all("<svg" in svg for svg in drawn.values())
    assert drawn["light"] != drawn["dark"]
    assert "copied from" in drawn["light"]
    assert 'id="forth"' in json.loads(session.page())["html"]
    session.check(code_samples()["arrays"].replace("num_iterations=1000", "num_iterations=2"))
    page = json.loads(session.page())["html"]
    assert "update parameters" in page
    assert 'id="forth"' not in page  # no helper is shown in their place


@pytest.mark.parametrize(
    ("code", "kind", "says", "line"),
    [
        ("x = 1\ny = x +\n", "SyntaxError", "invalid syntax", 2),
        ("def f():\n    return a\n\n\nf()\n", "NameError", "name 'a' is not defined", 2),
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise KeyError('a') from None\n",
         "KeyError", "a", 4),

        ("x = 1\n", "ValueError", "derivation.py has nothing that trains or derives", None),
    ],
)  # fmt: skip
def test_an_error_of_the_code_has_its_line(session, code, kind, says, line):
    error = json.loads(session.check(code))["error"]
    assert (error["kind"], error["line"]) == (kind, line)
    assert error["text"].startswith(says)


@can_render
def test_what_is_not_checked_is_drawn_all_the_same(session):
    code = "import microgradnet as mg\nw = mg.Value(2, 'w')\nloss = (w * 3) ** 2\n"
    assert "nothing that trains" in json.loads(session.check(code))["error"]["text"]
    assert 'class="edge"' in json.loads(session.picture())["light"]


def test_code_without_a_graph_says_so_in_place_of_the_picture(session):
    session.check("x = 1\n")
    assert json.loads(session.picture())["error"]["text"].endswith("nothing that has a graph")


def test_the_archive_has_this_package_and_what_its_tables_and_pictures_need():
    names = zipfile.ZipFile(io.BytesIO(archive())).namelist()
    assert {"microgradnet/words/sentences.json", "microgradnet/pages/static/page.css"} <= {*names}
    assert {"rich/table.py", "graphviz/__init__.py"} <= {*names}
    assert not [name for name in names if "__pycache__" in name or name.startswith(("/", ".."))]


@pytest.fixture
def pyodide(tmp_path):
    """A folder with the names of the files of a Pyodide, and little in them."""
    folder = tmp_path / "distribution"
    folder.mkdir()
    packages = {
        "numpy": {"file_name": "numpy.whl", "depends": ["openblas"]},
        "openblas": {"file_name": "openblas.zip", "depends": []},
        "scipy": {"file_name": "scipy.whl", "depends": ["numpy"]},
    }
    for name in ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip"):
        (folder / name).write_text(name)
    for package in packages.values():
        (folder / package["file_name"]).write_text("wheel")
    (folder / "pyodide-lock.json").write_text(json.dumps({"packages": packages}))
    (folder / "viz.js").write_text("export {}")
    return folder


def written(path):
    return json.loads(re.search('id="settings">(.*?)</script>', path.read_text("utf-8"), re.S)[1])


@pytest.mark.slow
def test_folders_are_copied_with_what_is_needed_and_no_more(pyodide, tmp_path, capsys):
    site = tmp_path / "site"
    command = ["playground", str(site), "--pyodide", str(pyodide), "--viz", str(pyodide)]
    assert main(command) == 0
    assert f"wrote {site / 'index.html'}\n" in capsys.readouterr().out
    assert written(site / "index.html")["pyodide"] == "pyodide/"
    copied = {path.name for path in (site / "pyodide").iterdir()}
    assert copied == {path.name for path in pyodide.iterdir()} - {"scipy.whl", "viz.js"}
    assert (site / "viz" / "viz.js").is_file()


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("pyodide.asm.wasm", "has no pyodide.asm.wasm: --pyodide takes the folder of a distrib"),
        ("openblas.zip", "has no openblas, which the playground needs"),
        ("viz.js", "has no viz.js: --viz takes the folder of @viz-js/viz"),
    ],
)
def test_what_a_folder_lacks_is_named(pyodide, tmp_path, capsys, missing, says):
    (pyodide / missing).unlink()
    command = ["playground", str(tmp_path / "site"), "--pyodide", str(pyodide)]
    assert main([*command, "--viz", str(pyodide)]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "site" / "index.html").exists()


@pytest.fixture
def server(pyodide):
    """The folder at an address, as Pyodide is; what was asked for."""
    asked = []

    class Files(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    handler = functools.partial(Files, directory=pyodide)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}/", asked
        made.shutdown()


def test_offline_fetches_once_what_the_site_needs(server, tmp_path, capsys):
    address, asked = server
    command = ["playground", str(tmp_path / "site"), "--offline", "--pyodide", address]
    command += ["--viz", f"{address}viz.js"]
    assert main(command) == 0
    assert "it needs no network" in capsys.readouterr().out
    settings = written(tmp_path / "site" / "index.html")
    assert (settings["pyodide"], settings["viz"]) == ("pyodide/", "viz/viz.js")
    fetched = {path.name for path in (tmp_path / "site" / "pyodide").iterdir()}
    assert {"pyodide.asm.js", "numpy.whl", "openblas.zip"} <= fetched
    assert "scipy.whl" not in fetched
    asked.clear()
    assert main(command) == 0
    assert asked == []


def test_offline_says_what_could_not_be_fetched_and_writes_no_page(
    server, pyodide, tmp_path, capsys
):
    address, _ = server
    (pyodide / "numpy.whl").unlink()
    command = ["playground", str(tmp_path), "--offline", "--viz", f"{address}viz.js", "--pyodide"]
    assert main([*command, address]) == 2
    said = capsys.readouterr().err
    assert f"numpy.whl could not be fetched from {address} (File not found), so no " in said
    assert "give their folders: --pyodide FOLDER --viz FOLDER" in said
    assert not (tmp_path / "index.html").exists()
    assert main([*command, "http://127.0.0.1:1/"]) == 2
    assert "urlopen" not in capsys.readouterr().err


def test_a_fetched_package_with_another_checksum_is_refused(server, pyodide, tmp_path, capsys):
    address, _ = server
    lock = json.loads((pyodide / "pyodide-lock.json").read_text("utf-8"))
    lock["packages"]["numpy"]["sha256"] = "0" * 64
    (pyodide / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")
    command = ["playground", str(tmp_path), "--offline", "--pyodide", address, "--viz", address]
    assert main(command) == 2
    assert "numpy.whl is not the file that Pyodide lists" in capsys.readouterr().err
    assert not (tmp_path / "pyodide" / "numpy.whl").exists()


def test_without_folders_it_uses_addresses_and_each_page_leads_to_the_other(tmp_path):
    write_playground(tmp_path, home={"en": "../index.html", "zh": "../index.zh.html"})
    for lang, other in (("en", "zh"), ("zh", "en")):
        text = (tmp_path / FILES[lang]).read_text(encoding="utf-8")
        assert "{{" not in text.partition('id="settings"')[0]
        assert f'href="{FILES[other]}"' in text
        assert f'href="../{FILES[lang]}"' in text
        settings = written(tmp_path / FILES[lang])
        assert settings["pyodide"].startswith("https://")
        assert settings["samples"]["mistake-2"] == dict(catalogue("en"))["The wrong axis"]
