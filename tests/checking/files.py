"""Files that are written to be checked, and what is said of them."""

import microgradnet as mg


def checked(tmp_path, text, name="net.py"):
    """The report on a file with that text."""
    file = tmp_path / name
    file.write_text(text)
    return mg.check(file)


def wrong(report):
    """The rows that are wrong, by name: the line, the mistake."""
    return {row.name: (row.line, row.mistake) for row in report.rows if row.verdict == "wrong"}
