"""Report the verdicts: a row for each claim, in words.

In reading order: report.py (Report and Row), reporter.py (a row for each claim), verdicts.py (the
verdict of each claim), blame.py (the lines that may be wrong if no edit is a repair),
automatic.py (derivatives from autograd or differences: not by hand), wording.py (the words of a
row), examples.py (the smallest example), observations.py (the notes), sketching.py (the picture,
as data), showing.py (tables).
"""
