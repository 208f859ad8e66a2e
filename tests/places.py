"""Where the files are that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
GOLDEN = ROOT / "tests" / "golden"
GUIDE = EXAMPLES / "guide"
README = (ROOT / "README.md").read_text(encoding="utf-8")
