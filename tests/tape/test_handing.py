"""A recording as plain data: read anew, it is judged as it was; what is no data is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

import microgradnet as mg
from microgradnet.checking.entry_points import check_here
from microgradnet.checking.reporting.report import PASSED
from microgradnet.checking.reporting.reporter import Reporter
from microgradnet.checking.variants import gathered
from microgradnet.tape import FileRun, read
from microgradnet.tape.handing import as_data, from_data
from microgradnet.tape.recording import Subject, recorded
from tests.marks import few, sampled
from tests.sources import text_of

DIALECTS = Path(mg.__file__).parents[1] / "examples" / "dialects"
MISTAKES = {
    "plain.py": ("b -= ", "b += "),
    "two_layer_net.py": ("np.sum(dhidden, axis=0)", "np.sum(dhidden)"),  # it is fed
    "layers.py": ("db = np.sum(dout, axis=0)", "db = np.mean(dout, axis=0)"),
}


def through_json(recording):
    return json.loads(json.dumps(as_data(recording)))


def judged(recordings):
    """The rows of recordings that are as good as right."""
    rows = [row for r in recordings for row in Reporter(r, None).report().rows]
    return [(row.name, row.line, row.verdict) for row in rows if row.verdict in PASSED]


def texts_of(recordings):
    return {file: read(file).text for r in recordings for file in r.trees}


@pytest.mark.parametrize("name", few(sampled(sorted(p.name for p in DIALECTS.glob("*.py"))), 0))
def test_what_is_handed_over_is_judged_as_it_was(name):
    with gathered() as recordings:
        report = check_here(DIALECTS / name)
    texts = texts_of(recordings)
    found = judged(from_data(through_json(r), texts) for r in recordings)
    assert found == judged(recordings)
    assert {*found} >= {(r.name, r.line, r.verdict) for r in report.rows if r.verdict in PASSED}


@pytest.mark.slow
@pytest.mark.parametrize("name", few(MISTAKES, 1))
def test_so_is_a_file_with_a_mistake(name, tmp_path):
    text = (DIALECTS / name).read_text()
    file = tmp_path / name
    file.write_text(text.replace(*MISTAKES[name]))
    with gathered() as recordings:
        check_here(file)
    assert file.read_text() != text
    texts = texts_of(recordings)
    assert judged(from_data(through_json(r), texts) for r in recordings) == judged(recordings)


SOURCE = text_of("handed")


SEVERAL = (20, 21)  # a tuple of svd, which has no row, and what is read of it


def test_what_operations_gave_is_computed_anew():
    recording = recorded(Subject(SOURCE, "net.py"))
    assert recording.error is None
    again = from_data(through_json(recording), {"net.py": SOURCE})
    assert len(again.tape.entries) == len(recording.tape.entries)
    for was, entry in zip(recording.tape.entries, again.tape.entries):
        assert was.names == entry.names
        is_opaque = was.operation is not None and was.operation.is_opaque
        assert entry.operation is was.operation or is_opaque or was.place.line in SEVERAL
        if not isinstance(was.value, tuple):
            assert np.array_equal(was.value, entry.value)
            assert type(was.value) is type(entry.value)


def test_places_of_one_statement_share_its_tree():
    again = from_data(through_json(recorded(Subject(SOURCE, "net.py"))), {"net.py": SOURCE})
    (statements,) = {
        tuple({id(e.place.statement) for e in again.tape.entries if e.place.line == 20})
    }
    assert len(statements) == 1


def test_a_file_that_was_not_read_proves_nothing():
    recording = recorded(Subject(SOURCE, "net.py"))
    again = from_data(through_json(recording), {})
    assert all(entry.is_source for entry in again.tape.entries)


@pytest.mark.parametrize(
    "change",
    [
        {"entries": [[0, 0, False, {"pickle": "x"}]]},
        {"entries": [[0, 0, False, "add", "+", [{"entry": 5}, 1], {}]]},
        {"entries": [[0, 0, False, "power", "**", [9, {"tuple": [10**9]}], {}]] * 2},
        {"places": [["net.py", [1, 0, 1, 9, "Pass"], [99, 0, 99, 1, "Name"], "", ""]]},
        {"stores": [[10**6, "w", "w", 0, 0, 0, None]]},
        {"returns": 3},
        {"left": None},
    ],
)
def test_what_is_no_recording_is_refused(change, tmp_path):
    file = tmp_path / "net.py"
    file.write_text("w = 2.0\nx = w * 3.0\n")
    data = through_json(FileRun(read(file)).record())
    texts = {str(file): file.read_text()}
    assert from_data(data, texts)
    with pytest.raises(ValueError, match=r"no recording|does not say"):
        from_data(data | change, texts)


HANDED = sorted(Path(__file__).parent.joinpath("corpus", "handed").glob("*.py"))


@pytest.mark.parametrize("path", HANDED, ids=lambda path: path.stem)
def test_entries_keep_their_operations(path):
    pytest.importorskip("scipy")
    text = path.read_text(encoding="utf-8")
    recording = recorded(Subject(text, "a.py"))
    again = from_data(through_json(recording), {"a.py": text})
    names = [[e.operation and e.operation.name for e in r.tape.entries] for r in (recording, again)]
    assert names[0] == names[1]
