"""The reference: a page for each public module, made by pdoc from the docstrings."""

import importlib
import inspect
import re
import warnings
from pathlib import Path

import pdoc
import pdoc.render

MODULES = [f"microgradnet{name}" for name in ("", ".datasets", ".testing", ".micrograd")]
FOCUSABLE = '<pre tabindex="0">'  # what is wider than the window is scrolled by keys, too
LINK = '<a class="headerlink" '
TEMPLATES = Path(__file__).parent / "pdoc"


def readable(docstring):
    """A docstring as Markdown: its examples as code, its tables of files as they stand."""
    text = re.sub(
        r"(?m)(?:^>>> .*(?:\n(?!\n|>>> ).+)*\n?)+",
        lambda m: f"```python\n{m[0].rstrip()}\n```\n",
        inspect.cleandoc(docstring or ""),
    )
    return re.sub(r"(?m)(?:^\w[\w./]*  +\S.*\n)+", lambda m: f"```text\n{m[0]}```\n", text)


def write(folder, bar):
    """Write the reference to a folder; return what the search finds in it.

    bar: gives the links of the site for the way up to it, such as "../".
    """
    pdoc.render.configure(search=False, show_source=False, template_directory=TEMPLATES)
    pdoc.render.env.filters["to_markdown"] = readable
    # Types of extras that are not there, and of names for type checkers, stay as they are written.
    warnings.filterwarnings("ignore", ".*type annotation", UserWarning, module="pdoc")
    modules = {name: pdoc.doc.Module(importlib.import_module(name)) for name in MODULES}
    index = []
    for name, module in modules.items():
        path = folder.joinpath(*name.split(".")).with_suffix(".html")
        path.parent.mkdir(parents=True, exist_ok=True)
        up = "../" * (name.count(".") + 1)
        pdoc.render.env.globals |= {"bar": bar(up), "up": up}
        text = pdoc.render.html_module(module, modules).replace("<pre>", FOCUSABLE)
        text = text.replace(LINK, f'{LINK}aria-label="link to this place" ')
        path.write_text(text, encoding="utf-8")
        url = path.relative_to(folder.parent).as_posix()
        for member in module.flattened_own_members:
            text = f"{member.fullname} {member.docstring[:300]}"
            index.append(
                {"title": member.qualname, "url": f"{url}#{member.qualname}", "text": text}
            )
    return index
