"""Derivations written out from a recorded graph.

In reading order: spelling.py (a formula as text), deriving.py (`derive`: a whole derivation, as
Python), matrix_form.py (the derivation for a batch, in arrays) with printing.py (the steps of a
lifted program as NumPy code) and naming.py (the names of the arrays in that code); paths.py (the
values derived by, and the paths between them), explaining.py (`explain`: the chain rule of one
parameter, as text and LaTeX).
"""

from microgradnet.derivations.deriving import derive
from microgradnet.derivations.explaining import Explanation, explain

__all__ = ["Explanation", "derive", "explain"]
