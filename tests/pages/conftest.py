"""A headless Chromium for the tests of pages."""

import os
import shutil

import pytest

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
HANGS = 300_000  # ms, after which a page has stopped, however busy the machine


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("needs chromium on PATH")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync_api.sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Opens a page from its file; at the end nothing may have gone wrong or been asked for."""
    troubles = []
    contexts = []

    def see(page, clock=False, at="", **options):
        context = browser.new_context(**{"viewport": {"width": 1600, "height": 900}} | options)
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(HANGS)
        if clock:
            tab.clock.install()
        tab.on("console", lambda message: troubles.append(message.text))
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        path = page.save(tmp_path / f"page{len(contexts)}.html")
        tab.goto(path.as_uri() + at)
        return tab

    requests = []
    yield see
    for context in contexts:
        context.close()
    assert troubles == []
    assert len(requests) == len(contexts), requests  # the page itself, and nothing else
