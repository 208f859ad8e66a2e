"""The pages of examples/guide; `python -m tests.docs.guide` rewrites what their code prints."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from unittest import mock

from tests.docs.running import rewritten
from tests.places import EXAMPLES, GUIDE

# Without the Chinese page for teachers: test_site.py sees that its code is that of the English one.
PAGES = sorted(path for path in GUIDE.glob("*.md") if path.name != "teaching.zh.md")


def prepare(folder):
    """Put into a folder what the code of the pages reads there."""
    (folder / "examples").mkdir()
    shutil.copy(EXAMPLES / "net.py", folder / "examples")


if __name__ == "__main__":
    english = mock.patch.dict(os.environ, {"MICROGRADNET_LANG": "en"})
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), english:
            prepare(Path(folder))
            text = rewritten(page)
        page.write_text(text, encoding="utf-8")
