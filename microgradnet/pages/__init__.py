"""The page that steps through backpropagation, with numbers that the reader can change.

In reading order: page.py (Page, page, widget, and the page of a report: the order of work),
stepping.py (all numbers as one program; the steps and the chain rules, as data), trainings.py
(samples to choose from, and the replay of a training), practice.py (questions asked before a number
is shown, and graphs to practise on), layers_page.py (the page of a larger graph, whose layers are
matrices), looks.py (templates, style, and pictures in the colours of both themes), static/ (the
page's HTML, CSS and JavaScript), live.py (the page live in a notebook), code_graphs.py (the graph
of a name in a user's file), playground/ (code checked in the browser).
"""
