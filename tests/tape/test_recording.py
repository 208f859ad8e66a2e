"""A recorded run does what the code does; replayed at its own numbers it gives the same bits."""

import ast
import contextlib
import io
from pathlib import Path

import numpy as np
import pytest

from microgradnet.tape import recording, replay, tape
from microgradnet.tape.entry import Place

SOURCES = {
    file.stem: file.read_text(encoding="utf-8")
    for file in sorted((Path(__file__).parent / "corpus" / "programs").glob("*.py"))
}


def run(source):
    module = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(source, module)
    return module, out.getvalue()


def record(source, **kw):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        made = recording.recorded(recording.Subject(source, "person.py"), **kw)
    if made.error is not None:
        raise made.error
    return made, out.getvalue()


def same(a, b):
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (np.ndarray, np.generic, float, int)):
        return np.array_equal(a, b, equal_nan=True)
    return True


@pytest.mark.parametrize("name", SOURCES)
def test_the_code_does_what_it_did(name):
    expected, said = run(SOURCES[name])
    made, out = record(SOURCES[name])
    assert out == said
    for key, value in expected.items():
        if not key.startswith("__"):
            assert same(value, made.names[key]), key


@pytest.mark.parametrize("name", SOURCES)
def test_a_replay_at_the_same_numbers_gives_the_same_bits(name):
    made, _ = record(SOURCES[name])
    entries = made.tape.entries
    values = replay.replayed(entries, {})
    assert len(entries) > 5
    for entry in entries:
        assert same(entry.value, values[entry.number]), (entry.place.text, entry.place.line)


@pytest.mark.parametrize("name", SOURCES)
def test_what_a_name_holds_at_the_end_follows_what_its_sources_are(name):
    """No link is lost: run again with the seed changed, the code and the tape agree."""
    source = SOURCES[name]
    made, _ = record(source)
    (seed,) = {s.number for s in made.tape.stores if s.text == "seed"}
    place = made.tape.entries[seed].place
    held = {
        text: number
        for text, value in made.names.items()
        if not text.startswith("_recorder_")
        and (number := made.tape.number(value, place)) is not None
    }
    values = replay.replayed(made.tape.entries, {seed: 0.625})
    expected, _ = run(source.replace("seed = 0.5", "seed = 0.625", 1))
    assert len(held) > 3
    for text, number in held.items():
        assert same(expected[text], values[number]), text


def test_a_loop_that_fills_an_array_keeps_one_copy_of_it():
    text = "import numpy as np\nx, a = np.arange(6.0) + 1.0, np.zeros(6)\n"
    entries = record(text + "for i in range(6):\n    a[i] = x[i]**2\ny = a.sum()\n")[0].tape.entries
    versions, last = [e for e in entries if e.is_written], len(entries) - 1
    assert len({id(e.value) for e in versions}) == 1 < len(versions)
    [x] = [e.number for e in entries if "x" in e.names]
    values = replay.replayed(entries, {x: np.full(6, 3.0)})
    again = replay.changed(entries, values, {versions[2].operands[-1]: 1.0}, range(last + 1))
    assert (values[last], again[last]) == (54, 46)
    assert [*replay.gradients(entries, values, {last: 1.0})[x]] == [6.0] * 6


def test_what_map_and_reduce_compute_is_noted():
    source = "import operator\nfrom functools import reduce\n"
    source += "w, x = [0.5, 2.0], [3.0, 4.0]\np = reduce(operator.add, map(operator.mul, w, x))\n"
    made, _ = record(source)
    operations = [e.operation.name for e in made.tape.entries if e.operation]
    assert operations[:3] == ["multiply", "multiply", "add"]
    assert made.names["p"] == 9.5


def test_the_rows_of_an_array_that_are_given_one_by_one_are_noted():
    made, _ = record("import numpy as np\nx = np.array([3.0, 4.0])\nd = np.hypot(*(2.0 * x))\n")
    operations = [e.operation.name for e in made.tape.entries if e.operation]
    assert operations[-3:] == ["getitem", "getitem", "hypot"]


def test_a_recording_ends_at_a_limit_of_memory_but_not_for_edits(monkeypatch):
    monkeypatch.setattr(tape, "MOST_BYTES", 20_000)
    assert record("import numpy as np\nx = np.ones(1000) * 2.0\ny = x + 1\n")[0].has_stopped
    own, place = tape.Tape([], 10), Place("net.py", s := ast.parse("x").body[0], s.value, "")
    for own.aside, n in ((True, 2000), (False, 1000)):
        own.note(None, [], {}, np.ones(n), place)
    with pytest.raises(tape.Stop):
        own.note(None, [], {}, np.ones(2000), place)
