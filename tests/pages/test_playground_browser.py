"""The playground in Chromium, served on loopback, its Pyodide too: from a link to a verdict."""

import functools
import http.server
import threading

import pytest

from microgradnet.pages.playground.session import Session
from microgradnet.pages.playground.site_files import code_samples, write_playground
from tests.marks import PYODIDE, VIZ_JS, can_render, has_pyodide, has_viz_js
from tests.pages.axe import found
from tests.pages.conftest import HANGS
from tests.pages.looking import OUT_OF_SIGHT

pytestmark = [pytest.mark.slow, has_pyodide, has_viz_js]
OWN = "def by_hand(w, x):\n    L = w * x\n    d_L_d_w = w\n    return locals()\n"
CALLS = """
import microgradnet as mg
w, x = mg.Value(2, "w"), mg.Value(3, "x")
loss = (w * x) ** 2
assert mg.draw(loss).svg() and mg.page(loss).html and "wrong" in str(mg.check(by_hand))
"""
BREAK = "caches.open('bytecode').then(async (c) => c.put((await c.keys())[0], new Response('')))"
CLASS = code_samples()["class"].replace("d_h2_d_w4 = x[1]", "d_h2_d_w4 = x[0]")


class Quiet(http.server.SimpleHTTPRequestHandler):
    kinds = {".mjs": "text/javascript", ".wasm": "application/wasm"}  # noqa: RUF012
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | kinds

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The playground as a reader meets it: at an address."""
    folder = tmp_path_factory.mktemp("playground")
    write_playground(folder, str(PYODIDE), str(VIZ_JS))
    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def troubles():
    return []


@pytest.fixture(scope="module")
def visit(browser, address, troubles):
    """Opens the playground; nothing may fail, or come from elsewhere."""
    contexts = []

    def see(at="", python=True, **options):
        options = {"viewport": {"width": 1200, "height": 900}} | options
        contexts.append(browser.new_context(**options))
        tab = contexts[-1].new_page()
        tab.set_default_timeout(HANGS)
        tab.on("console", lambda message: troubles.append(message.text))
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.on("response", lambda r: r.status >= 400 and troubles.append(f"{r.status} {r.url}"))
        tab.on("request", elsewhere)
        if not python:
            tab.route("**/worker.js", lambda route: route.fulfill(content_type="text/javascript"))
        tab.goto(address + at)
        return tab

    def elsewhere(request):
        if not request.url.startswith((address, "data:", "blob:", "about:")):
            troubles.append(request.url)

    yield see
    for context in contexts:
        context.close()


@pytest.fixture(autouse=True)
def _nothing_goes_wrong(troubles):
    yield
    assert troubles == []


@pytest.fixture(scope="module")
def tab(visit):
    """A tab for all tests that need Python in it, which takes seconds to start."""
    return visit()


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What Python answers about the first sample: by language, then by tab."""
    found = {}
    for lang in ("en", "zh"):
        session = Session(tmp_path_factory.mktemp(lang), lang)
        report = session.check(code_samples()["mistake"])
        found[lang] = {"report": report, "picture": session.picture(), "page": session.page()}
    return found


def checked(tab, code=""):
    """Have the code checked, and wait for the report, the picture and the page."""
    if code:
        tab.locator("#code").fill(code)
    tab.locator("#check").click()
    tab.wait_for_function("byId('status').textContent === words.done")
    return tab.locator("#report").inner_text()


def marked(tab):
    lines = tab.locator("#code").input_value().splitlines()
    marks = tab.locator("#marks div").evaluate_all("all => all.map((one) => one.dataset.line)")
    return [lines[int(mark) - 1].strip() for mark in marks]


def test_from_a_link_to_a_named_mistake_to_a_picture_and_a_page(tab):
    report = checked(tab)  # pressed at once: it waits for Python
    assert "1 wrong, 1 follows, 12 right" in report
    assert "uses x[0] where x[1] belongs: copied from d_h2_d_w3?" in report
    assert marked(tab) == ["d_h2_d_w4 = x[0] * deriv_sigmoid(sum_h2)"]
    tab.locator("#tab-picture").click()
    tab.wait_for_function("document.querySelector('.picture img').naturalWidth > 300")
    tab.locator("#tab-page").click()
    page = tab.frame_locator("iframe")
    page.locator("#forth").click()
    assert page.locator("#count").inner_text().startswith("1 / ")

    assert "uses x[0] where x[1] belongs" in checked(tab, CLASS)
    assert marked(tab) == ["d_h2_d_w4 = x[0] * deriv_sigmoid(sum_h2)"]
    tab.wait_for_function("document.querySelector('.picture img').naturalWidth > 300")
    tab.locator("#sample").select_option("layer")
    assert "All right" in checked(tab)
    assert "division by zero" in checked(tab, "x = 1\nx / 0\n")
    assert marked(tab) == ["x / 0"]
    assert "nothing that trains or derives" in checked(tab, "n = input()\n")  # nobody is asked
    assert "uses w where x belongs" in checked(tab, OWN + CALLS)


def test_compiled_modules_are_kept_for_the_next_visit(tab):
    """Those of Python itself, too: to compile them took half of the time until the report."""
    asked = []
    checked(tab, OWN)
    tab.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    for is_broken in (False, True):
        tab.evaluate(BREAK if is_broken else "")
        tab.reload()
        assert "uses w where x belongs" in checked(tab, OWN)
        assert ("python_stdlib.zip" in asked) is is_broken


def test_an_endless_loop_is_stopped_and_the_next_code_is_checked(tab):
    tab.locator("#code").fill("while True:\n    pass\n")
    tab.wait_for_function("ready")
    tab.locator("#check").click()
    tab.locator("#stop").click()
    assert "Stopped" in tab.locator("#report").inner_text()
    assert tab.locator("#stop").is_disabled()
    assert "uses w where x belongs" in checked(tab, OWN)
    tab.locator("#code").fill("import os\nos._exit(0)\n")
    tab.locator("#check").click()
    tab.wait_for_function("byId('report').innerText.includes('Python stopped')")


def test_the_verdict_needs_no_drawing_program_and_stands_above_the_code(tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.route("**/viz.js", lambda route: route.abort())
    tab.reload()
    tab.locator("#sample").select_option(label="The wrong axis")
    tab.locator("#check").click()
    tab.wait_for_function("byId('verdict').innerText.includes('1 wrong, 2 right')")
    assert tab.evaluate(OUT_OF_SIGHT, "#verdict > *, #status, #check") == []
    line = tab.locator("#verdict button")
    assert "db: sums over axis 1 where the sum over axis 0 belongs" in line.inner_text()
    line.click()
    tab.wait_for_function("byId('status').textContent === words.done")
    assert "The report does not need it" in tab.locator("#picture").text_content()
    chosen = "code.value.slice(code.selectionStart, code.selectionEnd)"
    assert tab.evaluate(chosen).strip() == "dW, db = X.T @ dP, dP.sum(axis=1)"


def test_a_link_opens_the_same_code_and_a_broken_one_says_so(visit):
    tab = visit(python=False)
    tab.locator("#code").fill(OWN)
    tab.wait_for_function("location.hash.startsWith('#code=')")
    link = tab.evaluate("location.hash")
    other = visit("index.zh.html" + link, python=False)
    other.wait_for_function("code.value !== ''")
    assert other.locator("#code").input_value() == OWN
    assert other.locator("#sample").input_value() == ""
    other.locator("#sample").select_option("class")
    other.wait_for_function("location.hash === '#sample=class'")
    assert other.evaluate("document.querySelector('a.lang').hash") == "#sample=class"
    broken = visit("#code=nothing", python=False)
    broken.wait_for_function("code.value !== ''")
    assert "link is broken" in broken.locator("#report").inner_text()
    assert broken.locator("#code").input_value() == code_samples()["mistake"]


def test_where_python_cannot_be_had_a_sentence_says_what_to_do(browser, address):
    tab = browser.new_page()
    tab.route("**/pyodide.mjs", lambda route: route.abort())
    tab.goto(address)
    tab.wait_for_function("byId('status').classList.contains('failed')")
    said = tab.locator("#status").inner_text()
    assert said.startswith(f"{address}pyodide/ could not be loaded. Go online and press Check, or")
    tab.close()


@can_render
@pytest.mark.parametrize(
    ("file", "lang", "scheme", "width"),
    [("", "en", "light", 1200), ("index.zh.html", "zh", "dark", 400)],
)
def test_axe_finds_nothing_and_nothing_is_cut_off(visit, answers, file, lang, scheme, width):
    tab = visit(file, python=False, color_scheme=scheme, viewport={"width": width, "height": 900})
    assert found(tab) == []
    for name, answer in answers[lang].items():
        tab.evaluate(f"show('{name}', {answer})")
        tab.locator(f"#tab-{name}").click()
        assert found(tab) == []
        for other in (400, 900, 1200, width):
            tab.set_viewport_size({"width": other, "height": 900})
            assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@can_render
@pytest.mark.parametrize("width", [390, 1440])
def test_the_picture_opens_at_its_size_and_fits_when_asked(visit, answers, width):
    """It opened as wide as its frame, with letters of 3.7 pixels at 390."""
    tab = visit(python=False, viewport={"width": width, "height": 900})
    tab.evaluate(f"show('report', {answers['en']['report']})")
    right = "(part) => byId('report').querySelector(part).getBoundingClientRect().right"
    frame = tab.evaluate("byId('report').getBoundingClientRect().right")
    assert tab.evaluate(right, "table") <= frame - 9  # it touched it at 390
    tab.evaluate(f"show('picture', {answers['en']['picture']})")
    tab.locator("#tab-picture").click()
    tab.wait_for_function("document.querySelector('.picture img').naturalWidth > 300")
    apart = "image = document.querySelector('.picture img'), image.width / image.naturalWidth"
    assert tab.evaluate(apart) == 1
    tab.locator("#picture button").click()
    assert tab.evaluate(apart) < 1


def test_the_keyboard_reaches_all_and_leaves_the_editor(visit):
    tab = visit(python=False)
    tab.locator("#code").fill("def f():")
    tab.keyboard.press("End")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.locator("#code").input_value() == "def f():\n" + 8 * " "
    tab.keyboard.press("Escape")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.id") == "tab-report"
