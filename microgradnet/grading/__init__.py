"""Files checked as a teacher and a grader need it: points, formats, a class of a hundred.

trying.py: a file checked, whatever it does. asking.py: what a task asks for, and how many points
each is worth. marking.py: what a derivation is worth by that. formats.py: what graders read;
schema.py: what the JSON is. workers.py: files side by side; folder.py: a class and its mistakes;
tables.py: marks as they are printed. commands.py: `microgradnet check` and `schema`.
"""
