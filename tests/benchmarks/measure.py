"""A benchmark measures contenders in turn, several times over, and keeps the best of each."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from microgradnet.programs.program import ENGINES

# A contender prepares its work and returns what measures it once: seconds, or bytes.
Measure = Callable[[], float]
Contender = Callable[[], Measure]

LEAST = 0.02  # seconds: shorter work is repeated within one measurement
IDLE = 0.03  # seconds: NumPy's BLAS keeps a core busy for 26 ms after its last product


class Absent(Exception):
    """A peer or an engine that is not here."""


@dataclass(frozen=True)
class Row:
    """One line of the table: `ours` against `theirs`, two contenders, or a figure of our own."""

    ours: str
    theirs: str | float
    at_most: float | Fraction
    work: str = ""  # where it differs from that of the benchmark
    against: str = ""  # likewise, from the name of `theirs`


@dataclass(frozen=True)
class Benchmark:
    """One piece of work, those who do it, and the rows that compare them."""

    work: str
    contenders: dict[str, Contender]
    rows: tuple[Row, ...]
    unit: str = "s"  # or "bytes"
    repeats: int = 7


@dataclass(frozen=True)
class Result:
    """A row with what was measured; None where a contender is absent."""

    benchmark: Benchmark
    row: Row
    ours: float | None
    theirs: float | None

    @property
    def ratio(self) -> float | None:
        if self.ours is None or self.theirs is None:
            return None
        return self.ours / self.theirs


def timed(run: Callable[[], Any], per: int = 1) -> Measure:
    """Measure the seconds a unit of `run`, which does `per` units; it has run once before."""
    start = time.perf_counter()
    run()  # it may compile
    first = time.perf_counter() - start
    if first < 10.0:
        start = time.perf_counter()
        run()
        first = time.perf_counter() - start
    times = max(1, int(LEAST / (first + 1e-9)))

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(times):
            run()
        return (time.perf_counter() - start) / (times * per)

    return measure


def in_new_process(code: str) -> Measure:
    """Measure what the code prints as its last word, in a process of its own."""

    def measure() -> float:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        if done.returncode:
            raise Absent(done.stderr.strip().rpartition("\n")[2])
        return float(done.stdout.split()[-1])

    return measure


def need_engine(name: str) -> str:
    """Return the name of an engine; Absent where this tree or machine does not have it."""
    if name not in ENGINES:
        raise Absent(f"no engine {name!r}")
    return name


def run(benchmark: Benchmark, quick: bool) -> Iterator[Result]:
    """Measure the contenders in turn, best of several, the collector on as a user has it."""
    measures = dict(_prepared(benchmark))
    best: dict[str, float] = {}
    gc.collect()
    gc.freeze()  # the modules of the peers are not to be walked in our time
    for _ in range(2 if quick else benchmark.repeats):
        for name, measure in list(measures.items()):
            gc.collect()
            time.sleep(IDLE)
            try:
                best[name] = min(measure(), best.get(name, float("inf")))
            except Absent as absent:
                print(f"  {name}: {absent}", file=sys.stderr)
                del measures[name]
    gc.unfreeze()
    for row in benchmark.rows:
        theirs = best.get(row.theirs) if isinstance(row.theirs, str) else row.theirs
        yield Result(benchmark, row, best.get(row.ours), theirs)


def _prepared(benchmark: Benchmark) -> Iterator[tuple[str, Measure]]:
    for name, contender in benchmark.contenders.items():
        try:
            yield name, contender()
        except (Absent, ImportError) as error:
            print(f"  {name}: {error}", file=sys.stderr)
