"""Run it with `.venv/bin/python examples/site.py`: the website, to out/site; index.html opens it.

Needs, in a clone, `python3 -m pip --python .venv/bin/python install -e '.[draw,site]'`.
It takes 9 s of CPU time, on two cores of an AMD EPYC. The site is the start, the tutorial, the
guide, the gallery, the mistakes, the reference from the docstrings, and the playground.
Only the playground needs a network, for Python; with `--pyodide FOLDER --viz FOLDER`, as of
`microgradnet playground`, it needs none.
"""

import argparse
import html
import itertools
import json
import linecache
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import gallery
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from website import links, reference
from website.reference import FOCUSABLE

import microgradnet as mg
from microgradnet.pages.page import practice_page
from microgradnet.pages.playground.site_files import FILES, PYODIDE, VIZ, write_playground
from microgradnet.pages.practice import SETS
from microgradnet.words import page_words

EXAMPLES = Path(__file__).parent
WEBSITE = EXAMPLES / "website"
OUT = Path("out") / "site"
LANGUAGES = {"en": "English", "zh": "中文"}
README = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
CODE = HtmlFormatter(nowrap=True)


@dataclass(frozen=True)
class Page:
    """A page: its file without the language, its source, and its title if the bar has it."""

    name: str
    source: str
    en: str = ""
    zh: str = ""

    def file(self, lang: str) -> str:
        """The file in a language; in English, where the page is in no other."""
        only = lang == "en" or lang not in self.languages()
        return f"{self.name}.html" if only else f"{self.name}.{lang}.html"

    def text(self, lang: str) -> Path:
        path = EXAMPLES / self.source
        return path if lang == "en" else path.with_suffix(f".{lang}.md")

    def languages(self) -> list[str]:
        return [lang for lang in LANGUAGES if self.text(lang).exists()]


PAGES = [
    Page("index", "website/start.md", "Start", "开始"),
    Page("tutorial", "tutorial.md", "Tutorial", "教程"),
    Page("guide", "guide/README.md", "Guide", "指南"),
    Page("gallery", "website/gallery.md", "Gallery", "图集"),
    Page("mistakes", "mistakes.md", "Mistakes", "错误"),
    Page("teaching", "guide/teaching.md", "Teachers", "教师"),
]
IN_BAR = {page.source for page in PAGES}
PAGES += [Page("dialects", "dialects/README.md"), Page("grading", "grading/README.md")]
PAGES += [
    Page(path.stem, f"guide/{path.name}")
    for path in sorted((EXAMPLES / "guide").glob("*.md"))
    if f"guide/{path.name}" not in IN_BAR and not path.name.endswith(".zh.md")
]


def pages():
    """The pages whose source is there."""
    return [page for page in PAGES if (EXAMPLES / page.source).exists()]


def slug(text):
    """A heading as the name of a place: in any language, lower case, joined by hyphens."""
    return re.sub(r"[^\w]+", "-", re.sub(r"[`*]", "", text).lower()).strip("-")


def coloured(code, language, _):
    return highlight(code, get_lexer_by_name(language or "text"), CODE)


def markdown(text):
    """Markdown as HTML with a place at each heading; its headings, each with what is below it."""
    reader = MarkdownIt("commonmark", {"html": True, "highlight": coloured}).enable("table")
    tokens = reader.parse(text)
    sections = []
    for token, inside in zip(tokens, [*tokens[1:], None]):
        if token.type == "heading_open":
            token.attrSet("id", slug(inside.content))
            sections.append([re.sub(r"[`*]", "", inside.content), slug(inside.content), ""])
        elif token.type in ("inline", "fence") and sections:
            sections[-1][2] += " " + re.sub(r"[`*]|\[(.*?)\]\(.*?\)", r"\1", token.content)
    return reader.renderer.render(tokens, reader.options, {}), sections


def blocks():
    """The README's first derivation with a mistake, its report, and its first command.

    report_zh: the report in Chinese.
    """
    code = next(re.finditer(r"```python\n[^`]*?def by_hand.*?```\n", README, re.S))
    report = re.compile(r"```text\n┏.*?```\n", re.S).search(README)
    command = re.compile(r"```console\n.*?```\n", re.S).search(README)
    found = {"mistake": code[0], "report": report[0], "command": command[0]}
    return found | {"report_zh": f"```text\n{in_chinese(code[0])}\n```\n"}


def in_chinese(block):
    """What a block of code that prints a report prints in Chinese."""
    code, _, call = block.strip("`\n").removeprefix("python\n").rpartition("print(")
    names, file = {}, "mistake.py"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    exec(compile(code, file, "exec"), names)
    return eval(call.removesuffix(")"), names).text("zh")


def practice():
    """Write the pages to practise on; return the lists of links to them, one a language."""
    lists = {}
    for lang in LANGUAGES:
        names = {name: f"practice/{name}_{lang}.html" for name in SETS}
        for name, path in names.items():
            practice_page(name, lang).save(OUT / path)
        links = ", ".join(f"[{name}]({path})" for name, path in names.items())
        lists[f"practice_{lang}"] = {"en": ": ", "zh": "："}[lang] + links
    return lists


def draw_gallery():
    """Draw the pictures of gallery.py and two pages; return the text that shows them."""
    folder = OUT / "gallery"
    shown = []
    for name, loss, how in gallery.drawings():
        path = folder / f"{name.replace(' ', '_')}.svg"
        mg.draw(loss, **how).save(path)
        call = "".join(f", {k}={v!r}" for k, v in how.items())
        shown.append(f"### {name}\n\n`mg.draw(loss{call})`\n\n![{name}](gallery/{path.name})\n")
    for lang in LANGUAGES:
        mg.page(gallery.net_loss(2, [2, 1]), lang=lang).save(folder / f"page_{lang}.html")
    return "\n".join(shown)


def to_site(target, page, lang):
    """Where a link of a source leads on the site; what is no page is copied there."""
    parts = urlsplit(target)
    if parts.scheme or not parts.path:
        return target
    source = (page.text(lang).parent / unquote(parts.path)).resolve()
    place = f"#{parts.fragment}" if parts.fragment else ""
    for other in pages():
        for language in other.languages():
            if source == other.text(language).resolve():
                return other.file(language) + place
    if not source.is_file():
        return target  # of the site itself: links.broken looks
    name = Path("files") / source.relative_to(EXAMPLES.parent.resolve())
    (OUT / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, OUT / name)
    return name.as_posix() + place


def bar(lang, here, up=""):
    """The links to all pages, and to this one in other languages."""
    items = [
        f'<a href="{up}{page.file(lang)}"{" aria-current=page" * (page is here)}>'
        f"{html.escape(getattr(page, lang))}</a>"
        for page in pages()
        if page.en
    ]
    items.append(
        f'<a href="{up}{PLAYGROUND}/{FILES[lang]}">{page_words(lang, PLAYGROUND)["title"]}</a>'
    )
    items.append(f'<a href="{up}api/microgradnet.html">{REFERENCE[lang]}</a>')
    for other, name in LANGUAGES.items():
        if other != lang:
            there = here if here and other in here.languages() else PAGES[0]
            items.append(
                f'<a href="{up}{there.file(other)}" lang="{other}" class="lang">{name}</a>'
            )
    return "\n".join(items)


def with_links(text, lang):
    """The catalogue of mistakes, with a link below each heading that opens it in the playground."""
    k = itertools.count(1)
    site = f"{PLAYGROUND}/{FILES[lang]}"
    return re.sub(
        "(?m)^### .*$", lambda m: f"{m[0]}\n\n[{TRY[lang]}]({site}#sample=mistake-{next(k)})", text
    )


PLAYGROUND = "playground"
CATALOGUE = "mistakes.md"
TRY = {"en": "Check it in the playground", "zh": "在线检查这段代码"}
REFERENCE = {"en": "Reference", "zh": "参考"}
SEARCH = {"en": "Search", "zh": "搜索"}


def write(page, lang, fill):
    """Write a page in a language; return what the search finds on it."""
    text = page.text(lang).read_text(encoding="utf-8")
    if page.source == CATALOGUE:
        text = with_links(text, lang)
    body, sections = markdown(re.sub(r"<!-- (\w+) -->", lambda m: fill[m[1]], text))
    body = re.sub(r'(href|src)="([^"]*)"', lambda m: f'{m[1]}="{to_site(m[2], page, lang)}"', body)
    body = body.replace("<pre>", FOCUSABLE)
    words = {"lang": lang, "title": sections[0][0], "bar": bar(lang, page), "body": body}
    template = (WEBSITE / "page.html").read_text(encoding="utf-8")
    words["search"] = SEARCH[lang]
    filled = re.sub(r"\{\{(\w+)\}\}", lambda m: words[m[1]], template)
    (OUT / page.file(lang)).write_text(filled, encoding="utf-8")
    return [
        {"title": title, "url": f"{page.file(lang)}#{place}", "text": text[:600], "lang": lang}
        for title, place, text in sections
    ]


def playground(options):
    """Write the playground; return what the search finds of it."""
    home = {lang: f"../{PAGES[0].file(lang)}" for lang in LANGUAGES}
    write_playground(OUT / PLAYGROUND, options.pyodide, options.viz, home)
    places = []
    for lang in LANGUAGES:
        words = page_words(lang, PLAYGROUND)
        place = {"title": words["title"], "text": words["hint"], "lang": lang}
        places.append({**place, "url": f"{PLAYGROUND}/{FILES[lang]}"})
    return places


def main():
    parser = argparse.ArgumentParser(description="Build the website.")
    parser.add_argument("--pyodide", default=PYODIDE, metavar="URL|FOLDER")
    parser.add_argument("--viz", default=VIZ, metavar="URL|FOLDER")
    options = parser.parse_args()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    fill = {**blocks(), **practice(), "gallery": draw_gallery()}
    index = [
        found for page in pages() for lang in page.languages() for found in write(page, lang, fill)
    ]
    index += playground(options)
    index += reference.write(OUT / "api", lambda up: bar("en", None, up))
    style = CODE.get_style_defs("pre")
    dark = HtmlFormatter(style="github-dark").get_style_defs("pre")
    css = (WEBSITE / "site.css").read_text(encoding="utf-8")
    css += f"{style}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
    (OUT / "site.css").write_text(css, encoding="utf-8")
    script = (WEBSITE / "search.js").read_text(encoding="utf-8")
    (OUT / "search.js").write_text(f"const INDEX = {json.dumps(index)};\n{script}", "utf-8")
    broken = links.broken(OUT)
    print(f"{OUT / 'index.html'}: {len(list(OUT.rglob('*.html')))} pages, {len(index)} places")
    if broken:
        raise SystemExit("broken links:\n" + "\n".join(broken))


if __name__ == "__main__":
    main()
