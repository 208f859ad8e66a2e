"""Pictures of graphs, nets and trainings, at every size.

In reading order: depths.py (draw: the first picture that can be read); what is drawn: anatomy.py,
selection.py, boxes.py; each kind of picture: of_values.py, of_boxes.py (boxes, and nets),
of_formulas.py, of_training.py, of_reports.py (a checked derivation); how it looks and is shown:
styles.py, layouts.py (what places the boxes), rendering.py (Drawing), notebook.py.
"""

from microgradnet.drawing.depths import draw
from microgradnet.drawing.rendering import Drawing, LayoutError

__all__ = ["Drawing", "LayoutError", "draw"]
