"""The links of a site: each that leads to no file of it, or to no place in one."""

from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Places(HTMLParser):
    """What a page links to, and the places in it that can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, held in attributes:
            if name in ("href", "src") and held:
                self.links.append(held)
            elif name in ("id", "name") and held:
                self.places.add(held)


def broken(site):
    """Return each link between the pages of a folder that leads nowhere, with its page.

    Links to other sites are left alone: there is no network to look.
    """
    pages = {
        path.resolve(): Places(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")
    }
    found = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            place = "" if "=" in parts.fragment else unquote(parts.fragment)  # else what it shows
            lost = target in pages and place not in {"", *pages[target].places}
            if lost or not target.is_file():
                found.append(f"{path.relative_to(site.resolve())}: {link}")
    return sorted(set(found))
