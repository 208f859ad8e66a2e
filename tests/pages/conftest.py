"""Pages opened in a headless Chromium."""

import pytest

HANGS = 300_000  # ms, after which a page has stopped, however busy the machine


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
