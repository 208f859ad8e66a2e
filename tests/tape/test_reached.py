"""What of a person's code ran: the blocks, the functions, and the loops that were left early."""

import itertools

import pytest

from microgradnet.checking.finding.steps import Enough
from microgradnet.tape.recording import Subject, recorded
from tests.marks import sampled
from tests.sources import text_of

SOURCE = text_of("reached")


def reached(source):
    tape = recorded(Subject(source, "some.py")).tape
    return {(x.kind, x.line): p in tape.reached for p, x in enumerate(tape.places) if x.kind}


def test_blocks_and_functions_say_whether_they_ran():
    found = reached(SOURCE)
    assert {line: ran for (kind, line), ran in found.items() if kind == "function"} == {
        1: True,
        11: False,
    }
    assert {line: ran for (kind, line), ran in found.items() if kind == "block"} == {
        3: False,
        4: True,
        5: True,
        7: False,
        16: False,
        19: True,
    }


TRAINING = """\
w = 0.5
{head}
    g = 2 * (w - 1.0)
    w = w - 0.1 * g
"""


def left(head):
    loops = recorded(Subject(TRAINING.format(head=head), "some.py"), watch=Enough()).tape.left
    return [(loop.place.line, loop.of) for loop in loops], [loop.rounds for loop in loops]


def test_a_loop_of_known_length_is_left_with_how_many_rounds_there_are():
    loops, rounds = left("for k in range(100_000):")
    assert loops == [(2, 100_000)]
    assert 2 <= rounds[0] < 1000


def test_a_loop_without_end_is_left():
    loops, rounds = left("while True:")
    assert loops == [(2, None)]
    assert 2 <= rounds[0] < 1000


def test_a_loop_that_ends_by_itself_is_not_left():
    assert left("for k in range(3):") == ([], [])


LAYERS = text_of("layered")


@pytest.mark.slow
def test_a_loop_in_the_middle_of_a_step_is_not_left():
    for blanks in sampled(range(40)):  # wherever in a step it is that enough was seen
        source = "z = 1.0\n" + "z = z * 1.0\n" * blanks + LAYERS
        recording = recorded(Subject(source, "some.py"), watch=Enough())
        assert recording.error is None
        assert [loop.place.line for loop in recording.tape.left] == [blanks + 3]


@pytest.mark.slow
def test_after_a_loop_is_left_the_next_one_is_looked_at_as_soon_as_the_first_was():
    asked = list[int]()

    def watch(tape, since):
        asked.append(len(tape.entries))
        return (0, 0) if len(asked) == 12 else None

    source = "x = 0.0\nfor i in range(9000):\n    x = x + 1.0\n"
    recorded(Subject(source, "some.py"), watch=watch)
    gaps = [b - a for a, b in itertools.pairwise(asked)]
    assert max(gaps[:11]) > 1000
    assert gaps[11:14] == pytest.approx(gaps[:3], abs=601)
