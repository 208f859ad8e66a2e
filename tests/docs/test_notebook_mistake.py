"""The notebook's deliberate mistake is explained as what it is."""

import json
from pathlib import Path

import microgradnet as mg

NOTEBOOK = Path(mg.__file__).parents[1] / "examples" / "tutorial.ipynb"


def test_the_copied_line_is_named_as_the_wrong_input():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    (last,) = [i for i, source in enumerate(sources) if "mg.compare(" in source]
    names = {}
    for source in sources[:last]:
        exec(source, names)
    *body, comparison = sources[last].splitlines()
    exec("\n".join(body), names)
    report = eval(comparison, names)
    (wrong,) = [row for row in report.rows if row.verdict != "right"]
    assert wrong.name == "d_h1_d_w2"
    assert "uses x1 where x2 belongs" in wrong.mistake
