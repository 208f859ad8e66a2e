"""The widget in an executed notebook, and in Chromium on a real Jupyter server."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.marks import can_render
from tests.places import ROOT

pytestmark = [pytest.mark.slow, can_render]
PATIENCE = 120_000  # ms for a kernel to start, however busy the machine
CELLS = [
    "import microgradnet as mg\n"
    "net = mg.MLP(2, [2, 1], seed=0)\n"
    'x = [mg.Value(-2, "x1"), mg.Value(-1, "x2")]\n'
    'live = mg.widget(mg.mse(net(x), mg.Value(1, "y_true")))\n'
    "w1 = net.parameters()[0]\n"
    "live",
    "w1.data = 2.5",
    'live.step, live.selected = 3, "h1"',
    'print("seen", w1.data, live.inputs["w1"], live.step, live.selected)',
]


def notebook():
    nbformat = pytest.importorskip("nbformat")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def test_an_executed_notebook_has_the_widget_its_state_and_the_page(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytest.importorskip("anywidget")
    nbclient = pytest.importorskip("nbclient")
    made = notebook()
    settings = {"timeout": None, "resources": {"metadata": {"path": tmp_path}}}
    nbclient.NotebookClient(made, **settings).execute()
    shown, saved = made.cells[0].outputs
    view = shown.data["application/vnd.jupyter.widget-view+json"]
    state = made.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    told = state[view["model_id"]]["state"]
    assert told["inputs"]["w1"] == 2.5  # as the second cell left it
    assert (told["step"], told["selected"]) == (3, "h1")
    assert "<iframe srcdoc=" in saved.data["text/html"]
    assert "opens&quot;:&quot;step=3&amp;of=" in saved.data["text/html"]  # as the third left it
    assert made.cells[3].outputs[0].text == "seen 2.5 2.5 3 h1\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A Jupyter server on the loopback, with the notebook; its address."""
    pytest.importorskip("jupyterlab")
    pytest.importorskip("anywidget")
    home = tmp_path_factory.mktemp("jupyter")
    (home / "live.ipynb").write_text(json.dumps(notebook()))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data")}
    settings |= {"JUPYTER_RUNTIME_DIR": str(home / "runtime"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=token"]
    command += [f"--ServerApp.root_dir={home}", "--LabApp.news_url=None"]
    command += ["--LabApp.expose_app_in_browser=True"]
    command += ["--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    address = f"http://127.0.0.1:{port}"
    with open(home / "server.log", "wb") as log:
        server = subprocess.Popen(
            command, cwd=home, env=os.environ | settings, stdout=log, stderr=log
        )
        try:
            answers(server, f"{address}/api?token=token")
            yield address
        finally:
            server.kill()  # kernels end with it
            server.wait()


def answers(server, address):
    """Wait until a server answers."""
    while True:
        assert server.poll() is None, "the server has ended: see its log"
        try:
            return urllib.request.urlopen(address, timeout=5)
        except OSError:
            time.sleep(0.2)


@pytest.fixture
def tab(lab, browser):
    """The notebook, opened in Chromium; no request may leave the machine."""
    asked = []
    tab = browser.new_page(viewport={"width": 1400, "height": 1300})
    tab.set_default_timeout(PATIENCE)
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{lab}/doc/tree/live.ipynb?token=token")
    yield tab
    tab.close()
    outside = [url for url in asked if re.match("(http|ws)s?://", url) and lab[7:] not in url]
    assert outside == []


def run(tab, k):
    """Run a cell, by the command that its button and its keys have, and wait until it is done."""
    tab.wait_for_function("window.jupyterapp?.shell.currentWidget?.content?.widgets?.length === 4")
    tab.evaluate(
        """async k => {
          const { sessionContext, content } = jupyterapp.shell.currentWidget;
          await sessionContext.ready;
          content.activeCellIndex = k;
          await jupyterapp.commands.execute("notebook:run-cell");
        }""",
        k,
    )
    return tab.locator(".jp-CodeCell").nth(k)


def read(tab):
    """What Python says that it sees."""
    return run(tab, 3).locator(".jp-OutputArea-output").inner_text().strip()


def test_page_and_python_see_each_others_changes(tab):
    run(tab, 0)
    page = tab.frame_locator("iframe[sandbox]")
    w1 = page.get_by_role("spinbutton", name="w1", exact=True)
    w1.wait_for()
    assert page.locator("#count").inner_text().split()[0] == "0"
    assert w1.input_value() == "0.12573"

    run(tab, 1)  # Python changes a number, then step and selection
    page.locator("#numbers input[type=number][title='2.5']").wait_for()
    run(tab, 2)
    page.locator("#count", has_text=re.compile("^3 /")).wait_for()
    assert page.locator("#which option:checked").inner_text() == "h1"

    w1.fill("-0.75")  # and the page them
    page.locator("#forth").click()
    page.locator("#which").select_option(label="w1")
    tab.wait_for_timeout(1000)
    assert read(tab) == "seen -0.75 -0.75 4 w1"
    assert w1.input_value() == "-0.75"  # nothing came back later than it was

    page.locator("#run").click()  # gradient descent: many changes a second, of which the last stays
    tab.wait_for_timeout(1500)
    page.locator("#run").click()
    tab.wait_for_timeout(1500)
    now = w1.get_attribute("title")
    assert now != "-0.75"
    assert read(tab) == f"seen {now} {now} 4 w1"
    assert w1.get_attribute("title") == now


def test_reopened_without_its_kernel_it_shows_what_was_last_shown(tab, lab):
    run(tab, 0)
    page = tab.frame_locator("iframe[sandbox]")
    page.locator("#forth").click()
    page.locator("#forth").click()
    saved = tab.locator(".microgradnet-saved")
    saved.wait_for(state="attached")
    assert not saved.is_visible()
    tab.locator('.microgradnet-saved iframe[srcdoc*="step=2"]').wait_for(state="attached")
    tab.evaluate(
        """async () => {
          const { context, sessionContext } = jupyterapp.shell.currentWidget;
          await context.save();
          await sessionContext.shutdown();
        }"""
    )
    tab.reload()
    reopened = tab.frame_locator(".microgradnet-saved iframe")
    reopened.locator("#count", has_text=re.compile("^2 /")).wait_for()
