"""The page as text: whole, self-contained, safe; its data held against the graph."""

import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given

import microgradnet as mg
from microgradnet.autograd.graph import reachable
from microgradnet.autograd.value import Value
from microgradnet.drawing.anatomy import dissect
from microgradnet.export.javascript import RESERVED, source
from microgradnet.pages.practice import MISTAKES, SETS
from microgradnet.pages.stepping import Outputs, Steps
from microgradnet.words import LANGUAGES, page_words
from tests.pages.reading import data_of, written
from tests.places import GOLDEN
from tests.strategies import partly_labelled_graphs, tutorial

FILES = Path(mg.__file__).parent / "pages" / "static"
HOSTILE = '<b>&"\n</script>{{js}} \N{GRINNING FACE} 权重'


def test_javascript_of_a_training_step():
    net, loss = tutorial()
    leaves = [*net.parameters(), *(x for x in reachable(loss)[0] if x not in net.parameters())]
    program = mg.compile([loss, *mg.grad(loss, net.parameters())], leaves)
    assert f"{source(program)}\n" == (GOLDEN / "training_step.js").read_text()


def test_javascript_names():
    class_, r1 = Value(1.0, "class"), Value(2.0, "class_")
    inner = class_ * r1
    inner.label = "await"
    text = source(mg.compile([inner + 1.0, -1.0 * inner], [class_, r1]), "f")
    assert text.splitlines() == [
        "function f(inputs) {",
        "  const [_class, class_] = inputs;",
        "  const _await = _class * class_;",
        "  const t3 = _await + 1.0;",
        "  const t4 = (-1.0) * _await;",
        "  return [t3, t4];",
        "}",
    ]
    x = [Value(1.0, word) for word in sorted(RESERVED)]
    text = source(mg.compile([x[0] * 2.0], x))
    assert not RESERVED & set(re.search(r"const \[(.*)\]", text)[1].split(", "))


def test_constants_in_javascript():
    x = Value(1.0, "x")
    program = mg.compile([x * math.inf, x - math.inf, x + math.nan, x**-1.5, x * 1e22], [x])
    for part in ("x * Infinity", "x - Infinity", "x + NaN", "power(x, (-1.5))", "x * 1e+22"):
        assert part in source(program)


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_one_file_that_asks_for_nothing(lang):
    page = mg.page(tutorial()[1], lang=lang)
    assert len(page.html.encode()) < 250_000
    assert "{{" not in page.html.replace("${{", "")
    tags = Tags(page.html).found
    for tag, attributes in tags:
        assert tag not in ("iframe", "img", "object", "embed", "base")
        assert "src" not in attributes
        assert attributes.get("href", "data:,").startswith("data:,")
    (policy,) = [a["content"] for t, a in tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|WebSocket|import\(", page.html)


def test_what_a_page_needs_for_everybody():
    """Labels for each control, a language, a viewport; ids once and all those that are used."""
    page = mg.page(tutorial()[1])
    tags = Tags(page.html).found
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'byId\("([\w-]+)"\)', page.html)) | {"first", "back", "forth", "last"}
    assert used <= set(ids)
    assert ("html", {"lang": "en"}) in tags
    for tag, attributes in tags:
        if tag == "button" and not attributes.get("aria-label"):
            assert re.search(
                rf'id="{attributes["id"]}"[^>]*>(?:<svg.*</svg><span[^>]*>)?\w', page.html
            )
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids


def test_words_of_all_languages():
    for kind in ((), ("playground",)):
        places = [
            {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in words.items()}
            for words in (page_words(lang, *kind) for lang in LANGUAGES)
        ]
        assert places[0] == places[1]
    words = page_words("en")
    page = "".join((FILES / f"{name}.html").read_text() for name in ("head", "zoom", "page"))
    script = "\n".join(path.read_text() for path in FILES.glob("*.js"))
    used = set(re.findall(r"\{\{word_(\w+)\}\}", page))
    used |= set(re.findall(r"words\.(\w+)", script))
    used |= set(re.findall(r'(?:says|label)\("(\w+)"', script))
    assert used <= words.keys()
    by_name = {"forward", "backward", "parameter", "frozen", "input", "target", "root", "lang"}
    by_name |= {"practising", "practice", "practice_hint", "title", "hint"}
    by_name |= {f"mistake_{name}" for name in MISTAKES} | {f"set_{name}" for name in SETS}
    by_name |= {f"hint_{kind}" for kind in ("value", "local", "gradient", "paths")}
    others = ("report", "array", "cell")  # of other pages
    by_name |= {name for name in words if name.startswith(others)}
    assert by_name <= words.keys()
    assert words.keys() - used <= by_name


def test_steps():
    _, loss = tutorial()
    numbers = Outputs(dissect(loss))
    steps = list(Steps(numbers))
    outputs = numbers.program()(*[x.data for x in numbers.leaves])
    text = "\n".join(
        written(step["text"], outputs)
        + (f"\n    {written(step['note'], outputs)}" if "note" in step else "")
        for step in steps
    )
    assert f"{text}\n" == (GOLDEN / "steps_2_2_1.txt").read_text()


FUNCTIONS = [mg.maximum, lambda x, y: x * y, lambda x, y: x + 0.5 * y, lambda x, y: mg.tanh(x)]


@given(partly_labelled_graphs(FUNCTIONS, max_nodes=8))
def test_steps_of_any_graph(graph):
    """Each node computed once, each edge gone back once, the gradients of backward() at the end."""
    _, loss = graph
    numbers = Outputs(dissect(loss))
    steps = list(Steps(numbers))
    forward = [step["node"] for step in steps if step["phase"] == "forward"]
    assert [numbers.nodes[i] for i in forward] == reachable(loss)[1]
    edges = [step["edge"] for step in steps if "edge" in step]
    assert sorted(edges) == list(range(len(numbers.edges)))
    last = {step["node"]: step["running"] for step in steps if "running" in step}
    right = {x: numbers(numbers.grad[x]) for x in numbers.nodes}
    outputs = numbers.program()(*[x.data for x in numbers.leaves])
    loss.backward()
    for i, place in last.items():
        x = numbers.nodes[i]
        assert outputs[place] == x.grad == outputs[right[x]]


def test_hostile_labels():
    w, x = Value(3.0, HOSTILE), Value(2.0, "</script><script>alert(1)//")
    h = w * x
    h.label = "\ud800"
    page = mg.page(h * h)
    assert [tag for tag, _ in Tags(page.html).found].count("script") == 2
    names = [node["name"] for node in data_of(page)["nodes"]]
    assert names[0].isidentifier()  # as in the derivation, where it is a Python name
    page.html.encode()


def test_saved_whole(tmp_path):
    page = mg.page(tutorial()[1])
    path = page.save(tmp_path / "new" / "page.html")
    assert path.read_text(encoding="utf-8") == page.html
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]
    with pytest.raises(ValueError, match=r"a page is saved as \.html, not '\.svg'"):
        page.save(tmp_path / "page.svg")
    shown = page._repr_html_()
    assert shown.startswith('<iframe srcdoc="&lt;!doctype html&gt;')


def test_a_drawing_saved_as_html_is_a_page(tmp_path):
    _, loss = tutorial()
    drawing = mg.draw(loss, rankdir="LR")
    drawing.dot.attr(bgcolor="#fefefe")
    text = drawing.save(tmp_path / "net.html").read_text(encoding="utf-8")
    assert text.count("<svg viewBox") + text.count("<svg\n viewBox") >= 1
    assert 'id="step"' in text
    assert "#fefefe" in text


def test_a_drawing_too_large_for_a_page_is_a_picture(tmp_path):
    x = Value(1.0, "x")
    for _ in range(400):
        x = mg.sin(x)
    text = mg.draw(x).save(tmp_path / "net.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert 'id="step"' not in text


def test_an_operation_that_takes_numbers_only_stays_a_picture(tmp_path):
    cube = mg.op("page_cube", lambda x: float(x) ** 3, lambda x: 3 * float(x) ** 2)
    x = cube(Value(2.0, "x"))
    with pytest.raises(TypeError, match="takes numbers only"):
        mg.page(x)
    text = mg.draw(x).save(tmp_path / "cube.html").read_text(encoding="utf-8")
    assert "page_cube" in text
    assert 'id="step"' not in text


def test_one_value_alone_and_a_bare_product():
    assert data_of(mg.page(Value(2.0)))["steps"][0]["text"] == ["d_L_d_L = 1"]
    a, b = Value(2.0, "a"), Value(3.0, "b")
    data = data_of(mg.page(a * b))
    assert [leaf["trained"] for leaf in data["leaves"]] == [True, True]
    data = data_of(mg.page(sum([(a + b).tanh() + mg.tanh(2.0 * a * b), 1.0])))  # without names
    assert "|".join(node["name"] for node in data["nodes"][2:]) == "a + b|v1|2·a|v2|v3|v4|v5|L"


def test_what_is_not_finite_is_shown_as_such():
    data = data_of(mg.page(mg.sqrt(Value(0.0, "x"))))
    assert data["chains"][0] == ["d_L_d_x is inf: there is no product to show"]
    data = data_of(mg.page(Value(math.inf, "x") * 2.0))
    assert data["leaves"][0]["number"] == "inf"


@pytest.mark.parametrize("wrong", [None, 3.0, [Value(1.0)], mg.MLP(2, [1])])
def test_no_value_and_an_unknown_language(wrong):
    with pytest.raises(TypeError, match="page takes a Value, such as a loss, or a History, not"):
        mg.page(wrong)
    with pytest.raises(ValueError, match="lang is one of en, zh, not 'fr'"):
        mg.page(Value(1.0) * 2.0, lang="fr")
