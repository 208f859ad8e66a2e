"""The rules of the house: packages import lower floors, private names and classes stay at home."""

import ast
import re
from pathlib import Path

import pytest

import microgradnet as mg
from tests.places import GUIDE
from tests.sources import PACKAGE, trees

FLOORS = (
    ("words",),
    ("operations",),
    ("autograd", "datasets"),
    ("nn", "programs", "tape"),
    ("derivations",),
    ("training", "checking", "export", "micrograd"),
    ("grading", "drawing"),
    ("pages", "testing", "cell_magic"),
    ("__init__", "__main__"),
)
FLOOR = {room: i for i, rooms in enumerate(FLOORS) for room in rooms}
# The rooms inside a room, from the ground up; "" are the room's own files.
INNER = {
    "checking": ("finding", "judging", "mending", "reporting", "passes", ""),
    "tape": ("rules", "", "feeding"),
}
# By these a thing shows, plots, saves or copies itself, in one line: the only arrows upward.
SHOWS_ITSELF = {"_repr_mimebundle_", "plot", "animate", "draw", "page", "save", "load"}
SHOWS_ITSELF |= {"__copy__", "__deepcopy__", "__reduce__"}


def imports(tree, by=""):
    """The module, the names and the line of each import of this package, and who makes it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("microgradnet"):
            yield node.module, [a.name for a in node.names], node.lineno, by
        elif isinstance(node, ast.Import):
            ours = [a.name for a in node.names if a.name.startswith("microgradnet.")]
            yield from ((name, [], node.lineno, by) for name in ours)
        elif not isinstance(node, ast.expr):
            is_function = isinstance(node, ast.FunctionDef)
            yield from imports(node, node.name if is_function else by)


def inner_floor(room, names):
    """The floor of a file inside its room. names: of its folders and of itself."""
    inner = INNER.get(room, ("",))
    return inner.index(names[0] if names[0] in inner else "")


def broken(files):
    """What breaks a rule, with its file and line."""
    found = []
    for file, tree in files.items():
        room = file.split("/")[0].removesuffix(".py")
        foreign = set()
        for module, names, line, by in imports(tree):
            foreign.update(name for name in names if name[0].isupper())
            other = module.split(".")[1] if "." in module else ""
            upward = other and other != room and FLOOR[other] >= FLOOR[room]
            if other == room and module.count(".") > 1 and "__init__" not in file:
                own = inner_floor(room, file.split("/")[1:])
                upward = inner_floor(room, module.split(".")[2:]) > own
            if upward and by not in SHOWS_ITSELF:
                found.append(f"{file}:{line} imports {module}, which is not below")
            private = [n for n in names if n.startswith("_") and not n.startswith("__")]
            found += [f"{file}:{line} imports {name}, which is private" for name in private]
        for node in ast.walk(tree):
            for target in getattr(node, "targets", ()):
                owner = getattr(target, "value", None)
                if isinstance(target, ast.Attribute) and getattr(owner, "id", "") in foreign:
                    found.append(f"{file}:{node.lineno} writes into {owner.id} of another file")
            is_setattr = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr"
            if is_setattr and getattr(node.args[0], "id", "") in foreign:
                found.append(f"{file}:{node.lineno} writes into {node.args[0].id} of another file")
    return found


WRITES = "writes into Module of another file"


def test_the_rules_hold():
    assert broken(trees()) == []


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        ("from microgradnet.pages import page", "imports microgradnet.pages, which is not below"),
        ("from microgradnet.autograd.value import _node", "imports _node, which is private"),
        ("from microgradnet.nn import Module\nModule.kind = 1", WRITES),
        ("from microgradnet.nn import Module\nsetattr(Module, 'kind', 1)", WRITES),
    ],
)
def test_a_planted_offence_is_named_with_its_file_and_line(planted, says):
    (found,) = broken({"training/fitting.py": ast.parse(planted)})
    assert found == f"training/fitting.py:{planted.count(chr(10)) + 1} {says}"


# Files and lines of a room at most: what they are above the plan, and for what, is said behind.
MOST = {
    "operations": (8, 1_440),
    "autograd": (8, 1_573),  # 7 and 1,300
    "nn": (5, 1_030),
    "training": (7, 1_250),
    "derivations": (8, 2_130),
    "programs": (21, 4_590),  # 4,250, by a slower single row (levels.py) and softmax (Scan)
    "tape": (39, 10_861),  # with checking 32 and 8,000; 10,724 before losses beside what derives
    "checking": (69, 17_752),  # 17,714 before moves of one line and the order in layers
    "drawing": (22, 4_816),  # 14 and 3,060 before layers as matrices
    "pages": (14, 2_477),  # 10 and 1,930 before links with the code and the page of layers
    "grading": (12, 2_958),  # 10 and 2,200
    "words": (4, 390),
    "export": (4, 380),
}
LONG = set[str]()  # above 400 lines


def sources():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8").count("\n")


@pytest.mark.parametrize("room", sorted({room for rooms in FLOORS for room in rooms} & {*MOST}))
def test_a_room_keeps_its_budget(room):
    lines = [n for file, n in sources() if file.startswith(f"{room}/")]
    has, most = (len(lines), sum(lines)), MOST[room]
    said = f"{room} has {has} files and lines, and may have {most}: merge some, or take some out"
    assert all(n <= m for n, m in zip(has, most)), said


CROWDED = {"drawing": 22, "programs": 21}  # files, where there may be 20


def test_no_folder_has_too_many_files():
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    count = {p.relative_to(PACKAGE).as_posix(): len([*p.glob("*.py")]) for p in folders}
    assert {name: n for name, n in count.items() if n > CROWDED.get(name, 20)} == {}


def test_a_planted_import_of_a_higher_room_inside_a_room_is_named():
    planted = ast.parse("from microgradnet.checking.mending.sites import Site")
    (found,) = broken({"checking/judging/claims.py": planted})
    assert found.endswith("imports microgradnet.checking.mending.sites, which is not below")
    assert not broken({"checking/reporting/blame.py": planted})


def test_no_file_is_too_long_and_none_has_the_name_of_another():
    long = {file for file, n in sources() if n > 400}
    assert long <= LONG, f"{sorted(long - LONG)}: move an idea of it into a file of its own"
    names = [file.rpartition("/")[2] for file, _ in sources()]
    twice = {name for name in names if names.count(name) > 1} - {"__init__.py"}
    assert not twice, f"{sorted(twice)}: find another name for one"


def test_the_top_of_the_package_holds_the_rooms_and_nothing_else():
    files = {"datasets.py", "testing.py", "micrograd.py", "cell_magic.py", "py.typed"}
    files |= {"__init__.py", "__main__.py"}
    rooms = {room for rooms in FLOORS for room in rooms if (PACKAGE / room).is_dir()}
    assert {p.name for p in PACKAGE.iterdir() if p.name != "__pycache__"} == files | rooms


@pytest.mark.parametrize("room", [p.parent for p in PACKAGE.rglob("__init__.py")], ids=str)
def test_the_docstring_of_a_room_lists_its_files_and_no_others(room):
    told = ast.get_docstring(trees()[(room / "__init__.py").relative_to(PACKAGE).as_posix()])
    files = {p.name for p in room.glob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"(?<![\w/])\w+\.py\b", told)) == files


@pytest.mark.parametrize("room", sorted(p.parent.name for p in PACKAGE.glob("*/__init__.py")))
def test_both_maps_name_each_room(room):
    assert f"\n{room}/ " in mg.__doc__
    assert f"| `{room}` | " in (GUIDE / "map.md").read_text(encoding="utf-8")


TESTS = Path(__file__).parent
CLOCK = re.compile(r"\btime\.(time|perf_counter|monotonic|process_time)\b")
OF_A_TEST = re.compile(r"^ *(from|import) tests\.[\w.]*\btest_")
TIMED = ("processor.py", "benchmarks", "torture/interrupting.py")  # the others assert nothing


def of_tests():
    for path in sorted(TESTS.rglob("*.py")):
        yield path.relative_to(TESTS).as_posix(), path.read_text(encoding="utf-8")


def broken_in_a_test(name, text):
    """What breaks a rule of the tests: an import of a test, a look at a clock."""
    for k, line in enumerate(text.splitlines(), 1):
        if OF_A_TEST.search(line):
            yield f"{name}:{k} imports a test"
        if CLOCK.search(line) and not name.startswith((*TIMED, "test_the_house.py")):
            yield f"{name}:{k} looks at a clock: {TIMED[0]} does"


MOST_OF_TESTS = 25_029  # 18,000 is the aim; without the corpus, which is data


def test_the_tests_keep_their_budget():
    files = [path for path in TESTS.rglob("*.py") if "corpus" not in path.parts]
    n = sum(path.read_text(encoding="utf-8").count("\n") for path in files)
    said = f"the tests have {n} lines, and may have {MOST_OF_TESTS}: take out what others say, too"
    assert n <= MOST_OF_TESTS, said


def test_no_test_imports_a_test_or_has_a_limit_that_a_slow_or_busy_machine_breaks():
    assert [line for name, text in of_tests() for line in broken_in_a_test(name, text)] == []


@pytest.mark.parametrize(
    ("planted", "says"),
    [
        ("from tests.nn.test_nn import graphs", "imports a test"),
        ("import tests.nn.test_nn", "imports a test"),
        ("import time\ntime.perf_counter()", "looks at a clock: processor.py does"),
    ],
)
def test_a_planted_offence_of_a_test_is_named(planted, says):
    (found,) = broken_in_a_test("nn/test_layers.py", planted)
    assert found.endswith(says)


@pytest.mark.parametrize("room", sorted(p.parent.name for p in PACKAGE.glob("*/__init__.py")))
def test_each_room_has_ten_plain_tests_to_begin_with(room):
    """Plain: a newcomer needs to know neither Hypothesis nor a table of cases."""
    tree = ast.parse((TESTS / room / "test_first_steps.py").read_text(encoding="utf-8"))
    plain = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]
    assert len(plain) >= 10
    used = {name.id for name in ast.walk(tree) if isinstance(name, ast.Name)}
    assert not used & {"given", "parametrize"}
