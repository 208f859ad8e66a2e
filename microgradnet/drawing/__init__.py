"""Pictures of graphs, nets and trainings, at every size.

In reading order: depths.py (`draw`, which chooses the most detailed readable picture). The parts of
a picture: roles.py (which leaves are parameters), anatomy.py (roles and gradients of values),
selection.py (the values drawn), boxes.py (groups of values), chains.py (like steps as one),
arrays.py (layers and their weight matrices), layered.py (boxes of layers). One file for each kind
of picture: of_values.py, of_boxes.py, of_arrays.py (layers as matrices), of_nets.py (nets before a
call), of_formulas.py, of_training.py (still or moving), of_reports.py (a checked derivation).
Appearance and output: styles.py, widths.py (widths of texts), heat_maps.py, layouts.py (layout
programs), rendering.py (Drawing), notebook.py.
"""

from microgradnet.drawing.depths import draw
from microgradnet.drawing.rendering import Drawing, LayoutError

__all__ = ["Drawing", "LayoutError", "draw"]
