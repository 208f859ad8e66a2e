"""Derivations written out from a recorded graph.

In reading order: spelling.py (a formula as Python text), lesson.py (a formula as a person writes
it), deriving.py (`derive`: a whole derivation, as Python), heads.py (the values derived by, and
their operands), matrix_form.py (the derivation for a batch, in arrays) with printing.py (the steps
of a lifted program as NumPy code), naming.py (the names of the arrays in that code) and spelled.py
(one operation as NumPy code); paths.py (the paths of one parameter, as data), explaining.py
(`explain`: its chain rule, as text and LaTeX).
"""

from microgradnet.derivations.deriving import derive
from microgradnet.derivations.explaining import Explanation, explain

__all__ = ["Explanation", "derive", "explain"]
