"""Whether words are true of what was written: what they say is done to the line, which mends it.

`uses A where B belongs` is true if the line with B in the place of A gives the right numbers.
"""

import re
from dataclasses import replace

from .mutations import outcome, same

NUMBER = r"[-\d.e/]+"


def is_true(words, mutant, right):
    """Whether words are true of a mutant; None where they say what cannot be tried on one line.

    right: the outcome of the derivation that was spoiled.
    """
    if mutant.text == "pass":
        return True if words.endswith("is never updated") else None
    if alone := re.fullmatch(r"moves by (\w+) alone", words):
        as_said = _rewritten(mutant, f"{_parted(mutant.text)[0]}learn_rate * {alone[1]}")
        return same(outcome(mutant.derivation), outcome(as_said))
    if copied := re.fullmatch(r"is (\w+): copied and not changed\?", words):
        as_copied = _rewritten(mutant, _parted(mutant.text)[0] + copied[1])
        found = outcome(as_copied)  # None where what it is a copy of comes later
        return None if found is None else same(outcome(mutant.derivation), found)
    ways = [
        way
        for pattern, doing in MENDS
        if (match := re.fullmatch(pattern, words))
        for way in doing(mutant.text, *match.groups())
    ]
    if not ways:
        return None
    return any(same(right, outcome(_rewritten(mutant, way))) for way in ways)


def _rewritten(mutant, text):
    lines = mutant.derivation.source.splitlines()
    old = lines[mutant.line - 1]
    lines[mutant.line - 1] = old[: len(old) - len(old.lstrip())] + text
    return replace(mutant.derivation, source="\n".join(lines) + "\n")


def _parted(line):
    """The target with its sign of assignment, and what is assigned."""
    target, sign, value = re.fullmatch(r"(.+?) ([-+*/]?=) (.+)", line).groups()
    return f"{target} {sign} ", value


def _times(line, factor):
    target, value = _parted(line)
    return [f"{target}({value}) * ({factor})"]


def _moved(line, factor):
    """The update with another step."""
    target, value = _parted(line)
    moved = re.fullmatch(r"(\w+) [-+] (.+)", value)
    if target.endswith("-= ") or target.endswith("+= ") or not moved:
        return _times(line, factor)
    return [line.replace(" + ", " - "), f"{target}{moved[1]} - ({factor}) * {moved[2]}"]


def _instead(line, old, new):
    """Each place of one in a line, and all, with another in it."""
    target, value = _parted(line)
    pattern = rf"(?<![\w.\])])(?:self\.)?{re.escape(old)}(?![\w(])"
    places = [m.span() for m in re.finditer(pattern, value)]
    own = f"self.{new}" if f"self.{old}" in value and "[" not in new else new
    for form in dict.fromkeys((own, new, f"self.{new}")):
        for a, b in places:
            yield f"{target}{value[:a]}({form}){value[b:]}"
        yield target + re.sub(pattern, f"({form})", value)


def _slopes(name):
    """How a derivative of an activation at a name may be written: at `h1`, or at its sum."""
    for f in ("sigmoid", "tanh", "relu"):
        yield f"deriv_{f}(sum_{name})"


def _of_prediction(name):
    return "o1" if name == "y_pred" else name


def _itself(line, name):
    name = _of_prediction(name)
    for slope in _slopes(name):
        yield from _instead(line, name, slope)
        for f in ("sigmoid", "tanh", "relu"):
            yield line.replace(f"{f}(sum_{name})", slope).replace("deriv_deriv", "deriv")


def _elsewhere(line, written, right):
    yield from _instead(line, written, right)
    hidden = right.removeprefix("sum_")
    for slope in _slopes(hidden):  # a slope written by its output
        yield from (
            way for f in ("sigmoid", "tanh", "relu") for way in _instead(line, written, hidden)
        )
        yield re.sub(rf"deriv_\w+\({re.escape(written)}\)", slope, line)


def _left_out(line, name):
    found = re.fullmatch(r"the derivative of (\w+)", name)
    for factor in _slopes(_of_prediction(found[1])) if found else [name, f"self.{name}"]:
        yield from _times(line, factor)


def _one_term_more(line, sign, term):
    target, value = _parted(line)
    return [f"{target}({value}) {sign} {term}"]


def _other_axis(line, written, right):
    target, value = _parted(line)
    bare = re.sub(r",? ?axis=(\d|None)|(?<=\()\d(?=\))", "", value).replace("(, ", "(")
    axis = "" if right == "all axes" else f"axis={right.split()[-1]}"
    for m in re.finditer(r"(sum|mean)\(", bare):
        end = _closing(bare, m.end())
        comma = ", " if end > m.end() else ""
        yield f"{target}{bare[:end]}{comma * bool(axis)}{axis}{bare[end:]}"


def _closing(text, start):
    depth = 1
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if not depth:
            return i
    raise AssertionError(text)


def _other_operator(line, old, new):
    target, value = _parted(line)
    for m in re.finditer(rf" {re.escape(old)} ", value):
        yield f"{target}{value[: m.start()]} {new} {value[m.end() :]}"
    if new in "*/" and value.count(f" {old} ") == 1:
        left, right = value.split(f" {old} ")
        yield f"{target}({left}) {new} ({right})"


def _flipped(line, text):
    a, op, b = re.fullmatch(r"(.+) (<=|>=|<|>|-|@) (.+)", text).groups()
    other = {"<=": ">", ">": "<=", "<": ">=", ">=": "<"}.get(op)
    yield line.replace(text, f"{a} {other} {b}" if other else f"{b} {op} {a}", 1)


def _dropped(line, text):
    target, value = _parted(line)
    yield from _times(line, f"1 / ({text})")
    before = [f" {sign} {text}" for sign in "*/+-"]
    for form in (*before, f"{text} * ", f" * ({text})"):
        yield f"{target}{value.replace(form, '', 1)}"


WORDS = "(.+?)(?:: copied from .+)?"
MENDS = [
    (r"moves up the gradient, not down", lambda line: _moved(line, -1)),
    (rf"moves at ({NUMBER}) times the rate .*", lambda line, c: _moved(line, f"1 / ({c})")),
    (r"the sign is wrong", lambda line: _times(line, -1)),
    (rf"a factor ({NUMBER}) too much", lambda line, c: _times(line, f"1 / ({c})")),
    (rf"a factor ({NUMBER}) is missing", lambda line, c: _times(line, c)),
    (r"a factor (1/\d) is missing: .*", lambda line, c: _times(line, c)),
    (r"divided by (\d), the number of samples, .*", lambda line, c: _times(line, c)),
    (
        rf"the sign is wrong and a factor ({NUMBER}) too much",
        lambda line, c: _times(line, f"-1 / ({c})"),
    ),
    (
        rf"the sign is wrong and a factor ({NUMBER}) is missing",
        lambda line, c: _times(line, f"-({c})"),
    ),
    (rf"uses (?!.* itself )(.+?) where {WORDS} belongs(?:: .*)?", _instead),
    (r"has (\S+) where (\S+) belongs", _instead),
    (r"calls (\w+) where (\w+) belongs", lambda line, a, b: [line.replace(f"{a}(", f"{b}(", 1)]),
    (r"uses (mean|sum) where (mean|sum) belongs", lambda line, a, b: [line.replace(a, b, 1)]),
    (r"uses (\w+) itself where its derivative belongs", _itself),
    (r"uses (.+) itself where its slope (.+) belongs", _instead),
    (r"takes the derivative at (\w+), (?:which is activated already, )?not at (\w+)", _elsewhere),
    (r"the slope of the activation is left out: times (.+)", _times),
    (r"the factor (.+) is left out", _times),
    (r"the term ([-+]) (.+) is left out", _one_term_more),
    (r"(.+) is left out", _left_out),
    (r"sums (over .+) where the sum over (.+) belongs", _other_axis),
    (r"multiplies entry by entry \(\*\) .*", lambda line: _other_operator(line, "*", "@")),
    (r"has a matrix product \(@\) .*", lambda line: _other_operator(line, "@", "*")),
    (r"adds where it should subtract", lambda line: _other_operator(line, "+", "-")),
    (r"subtracts where it should add", lambda line: _other_operator(line, "-", "+")),
    (r"adds where it should multiply", lambda line: _other_operator(line, "+", "*")),
    (r"multiplies where it should divide", lambda line: _other_operator(line, "*", "/")),
    (r"divides where it should multiply", lambda line: _other_operator(line, "/", "*")),
    (r"adds (.+) instead of multiplying by it", lambda line, x: _other_operator(line, "+", "*")),
    (r"(.+) is the wrong way round", _flipped),
    (r"(?:multiplies by|divides by|adds|subtracts) (.+), which does not belong there", _dropped),
    (r"(.+) does not belong there", _dropped),
    (r"keeps only the last round .*", lambda line: [line.replace(" = ", " += ", 1)]),
]
