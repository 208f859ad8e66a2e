"""Ratios of microgradnet to its peers, all measured in one run: `python tests/benchmarks`.

Peers come from the extra `bench`; an absent one, or an engine that is not here, is shown so.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import shlex
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import batches
import building
import growth
import letters
import measure
import nets
import training
from measure import Benchmark, Result

HEADER = ("work", "ours", "against", "theirs", "ratio", "at most", "met?")
GROUPS = (training, batches, nets, letters, building, growth)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for, print the table, write it; 1 where a line is missed."""
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="WORD", default="", help="work or peers with this word")
    parser.add_argument("--quick", action="store_true", help="best of two, for a first look")
    parser.add_argument("--write", metavar="FILE", type=Path, default=Path("out/benchmarks.md"))
    options = parser.parse_args(arguments)
    results: list[Result] = []
    for benchmark in [b for group in GROUPS for b in group.BENCHMARKS]:
        wanted = _wanted(benchmark, options.only)
        if wanted.rows:
            print(f"{wanted.work} ...", file=sys.stderr)
            results += measure.run(wanted, options.quick)
    table = markdown(results, options)
    options.write.parent.mkdir(parents=True, exist_ok=True)
    options.write.write_text(table)
    print(f"{table}\nwritten to {options.write}")
    return int(any(met(result) == "NO" for result in results))


def _wanted(benchmark: Benchmark, word: str) -> Benchmark:
    """The benchmark with the rows that have the word, and their contenders."""
    rows = tuple(row for row in benchmark.rows if word.lower() in _text(benchmark, row).lower())
    names = {name for row in rows for name in (row.ours, row.theirs)}
    contenders = {name: c for name, c in benchmark.contenders.items() if name in names}
    return Benchmark(benchmark.work, contenders, rows, benchmark.unit, benchmark.repeats)


def _text(benchmark: Benchmark, row: measure.Row) -> str:
    return " ".join(map(str, (benchmark.work, row.work, row.ours, row.theirs, row.against)))


def cells(result: Result) -> tuple[str, ...]:
    """A result as the cells of a line."""
    row, unit = result.row, result.benchmark.unit
    work = ", ".join(dict.fromkeys(x for x in (result.benchmark.work, row.work) if x))
    engine = row.ours if row.ours in ("eager", "python", "numpy", "native") else ""
    ratio = "" if result.ratio is None else number(result.ratio, row.at_most)
    against = row.against or str(row.theirs)
    figures = [quantity(result.ours, unit), against, quantity(result.theirs, unit)]
    work = f"{work}: {engine}" if engine else work
    return (work, *figures, ratio, number(row.at_most, row.at_most), met(result))


def met(result: Result) -> str:
    if result.ratio is None:
        return ""
    return "yes" if result.ratio <= result.row.at_most else "NO"


def number(x: float | Fraction, like: float | Fraction) -> str:
    """A ratio, written as 1/n where the limit is."""
    return f"1/{1 / float(x):,.0f}" if isinstance(like, Fraction) else f"{float(x):.3g}"


def quantity(x: float | None, unit: str) -> str:
    """A figure with its unit: us, but ns below 0.1 us and ms from 10,000 us."""
    if x is None:
        return "absent"
    if unit == "bytes":
        return f"{x:.0f} bytes"
    size, name = (1e9, "ns") if x < 1e-7 else (1e6, "us") if x < 1e-2 else (1e3, "ms")
    return f"{x * size:,.0f} {name}" if x * size >= 100 else f"{x * size:.3g} {name}"


def markdown(results: Sequence[Result], options: argparse.Namespace) -> str:
    """The table that examples/guide/speed.md quotes, with the machine and the command."""
    rule = ["---:" if i in (1, 3, 4, 5) else "---" for i in range(len(HEADER))]
    lines = [HEADER, rule, *map(cells, results)]
    command = "python tests/benchmarks"
    command += f" --only {shlex.quote(options.only)}" if options.only else ""
    command += " --quick" if options.quick else ""
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{table}\n\n{machine()}, `{command}`: best of several in turn, float64.\n"


def machine() -> str:
    today = datetime.date.today().isoformat()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{_processor()}, {os.cpu_count()} cores, {python}, {today}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


if __name__ == "__main__":
    sys.exit(main())
