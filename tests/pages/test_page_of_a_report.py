"""The page of a checked derivation: from a row to its edge, from an edge to its line of code."""

import inspect
import re

import pytest
from net import OurNeuralNetwork, all_y_trues, data

import microgradnet as mg
from microgradnet.drawing import of_reports as drawing
from microgradnet.pages.page import page_of_report, static
from microgradnet.words import page_words
from tests.checking.spoilt import ARRAYS, by_hand, two_layers
from tests.marks import can_render
from tests.pages.axe import found
from tests.pages.looking import OUT_OF_SIGHT, WINDOWS, readable, smallest

COLOURS = {"light": "#b3261e", "dark": "#ff9d94"}


@can_render
def test_the_page_lists_the_rows_and_holds_the_line_of_each():
    report = mg.check(by_hand)
    text = report.page().html
    assert text.count('<button type="button" class=') == len(report.rows)
    assert '"code":"d_h1_d_w2 = x[0] * h1 * (1 - h1)"' in text
    assert "spoilt.py, line " in text
    assert all(colour in text for colour in COLOURS.values())
    assert "应为" in report.page(lang="zh").html


def test_each_word_of_the_page_is_used():
    text = "".join(map(inspect.getsource, (drawing, inspect.getmodule(page_of_report))))
    verdicts = {
        f"report_{kind}{verdict}" for kind in ("", "says_", "line_") for verdict in drawing.ORDER
    }
    for name in page_words("en"):
        if name.startswith("report") and name not in verdicts:
            assert re.search(rf"\b(word_)?({name}|{name.removeprefix('report_')})\b", text), name


@can_render
def test_no_name_ends_the_script():
    w = mg.Value(2.0, "</script><b>")
    report = mg.compare(w * w, {"d_L_d_</script><b>": 4.0})
    assert report.page().html.count("</script>") == static("boxes.html").count("</script>")


@pytest.mark.slow
def test_a_row_leads_to_its_edge_and_an_edge_to_its_line(opened):
    tab = opened(mg.check(by_hand).page())
    assert tab.locator("#name").inner_text() == "d_h1_d_w2: wrong"
    assert tab.locator("#words").inner_text().startswith("uses x[0] where x[1] belongs")
    chosen = tab.locator("#pane svg:not(.away) .on")
    assert {part.get_attribute("data-id") for part in chosen.all()} == {"e1_6", "n6"}
    edge, stroke = "#pane svg:not(.away) [data-id='e1_6']", "part => getComputedStyle(part).stroke"
    line, head = (f"{edge} {part}" for part in ("path:not(.near)", "polygon"))
    assert tab.locator(line).evaluate(stroke) == tab.locator(head).evaluate(stroke)  # red, as said
    tab.get_by_role("button", name="d_L_d_h1").click()
    assert tab.locator("#code").inner_text() == "d_L_d_h1 = 2 * (h1 - y_true)"
    head = tab.locator("#pane svg:not(.away) [data-id='e0_6'] polygon").bounding_box()
    tab.mouse.click(head["x"] + head["width"] / 2, head["y"] - 4)  # beside the line
    assert tab.locator("#code").inner_text() == "d_h1_d_w1 = x[0] * h1 * (1 - h1)"
    assert tab.locator("nav button[aria-pressed=true]").inner_text().split()[0] == "d_h1_d_w1"


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "theme"), [("en", "light"), ("zh", "dark")])
def test_axe_finds_nothing(opened, lang, theme):
    reports = mg.check(by_hand), mg.check(two_layers, *ARRAYS)
    for report, width in zip(reports, (400, 1200)):
        view = {"color_scheme": theme, "viewport": {"width": width, "height": 900}}
        tab = opened(report.page(lang=lang), **view)
        assert found(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.slow
@pytest.mark.parametrize(("window", "lang"), [*zip(WINDOWS, ("en", "zh") * 2), (WINDOWS[-1], "en")])
def test_it_opens_at_the_first_mistake_with_verdict_and_legend_in_view(opened, window, lang):
    report, width = mg.check(by_hand), window[0]
    tab = opened(report.page(lang=lang), viewport=dict(zip(("width", "height"), window)))
    wrong = next(row for row in report.rows if row.verdict == "wrong")
    assert tab.locator("#name").inner_text().startswith(f"{wrong.name}: ")
    assert tab.locator("nav button[aria-pressed=true]").inner_text().startswith(wrong.name)
    assert tab.locator("#legend li").count() >= 4
    inside = "#name, #words, #numbers, #place, #code, #legend li, .zoom button, #pane .node.on"
    assert tab.evaluate(OUT_OF_SIGHT, inside) == []
    assert smallest(tab) >= readable(width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    area = "pane.getBoundingClientRect().width * pane.clientHeight / (innerWidth * innerHeight)"
    assert tab.evaluate(area) > 0.4


@pytest.mark.slow
def test_what_is_fitted_can_be_read_on_a_telephone(opened):
    report = mg.check(OurNeuralNetwork, data, all_y_trues)
    tab = opened(report.page(), viewport={"width": 390, "height": 844})
    tab.locator("#fit").click()
    assert smallest(tab) >= 10
    assert tab.locator("#pane > svg:not(.away) g.node").count() == len(report.sketch.boxes)
    tab.get_by_role("button", name="d_h1_d_w1").click()
    on = tab.locator("#pane > svg:not(.away) .on")
    assert {part.get_attribute("data-id")[0] for part in on.all()} == {"n", "e"}
