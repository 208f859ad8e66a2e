"""Pictures of graphs, nets and trainings, at every size.

In reading order: depths.py (draw: the first picture that can be read); what is drawn: anatomy.py,
selection.py, outline.py, boxes.py; each kind of picture: of_values.py, of_boxes.py,
of_formulas.py, of_nets.py, of_training.py, of_reports.py (a checked derivation, with stems.py);
of_code.py (a person's code as a graph); how it looks and is shown: themes.py, tables.py,
rendering.py (Drawing), layouts.py (what places the boxes), notebook.py.
"""

from microgradnet.drawing.depths import draw
from microgradnet.drawing.rendering import Drawing, LayoutError

__all__ = ["Drawing", "LayoutError", "draw"]
