"""Source that is made by tests, run so that its lines can be read as those of a file."""

import itertools
import linecache

_numbers = itertools.count()


def executed(source, names=None):
    """Run a source with names that there are; return them with what it defines."""
    names = {"__name__": "made"} if names is None else names
    file = f"<source {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    exec(compile(source, file, "exec"), names)
    return names
