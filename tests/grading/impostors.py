"""Files that mean to look right: they patch, lie about, or exchange what judges them."""

from .hostile import TRICKS, source, trick

__all__ = ["TRICKS", "source"]


@trick
def patches_the_report(marker):
    return """
    from microgradnet.checking.report import Report, Row
    Report.__bool__ = lambda self: True
    Report.__str__ = lambda self: "2 right"
    Report.to_dict = lambda self: FAKE["report"]
    Row.verdict = property(lambda self: "right", lambda self, x: None)
    """


@trick
def patches_the_judge(marker):
    return """
    from microgradnet.checking import check, judging
    judge = judging.judged
    def kind(claims, runs):
        found = judge(claims, runs)
        found.wrong.clear()
        found.untold.clear()
        return found
    check.judged = judging.judged = kind
    """


@trick
def patches_the_bounds(marker):
    return """
    from microgradnet.checking import judging, proportions, verdicts
    proportions.proportion = judging.proportion = lambda *_, **__: 1.0
    proportions.is_equal = verdicts.is_equal = lambda *_, **__: True
    judging.fits = lambda *_: True
    """


@trick
def patches_the_points(marker):
    return """
    from microgradnet.checking import check, points
    check.sets_of_points = points.sets_of_points = lambda *_, **__: []
    """


@trick
def patches_what_is_examined(marker):
    return """
    from microgradnet.checking import report
    from microgradnet.checking import reporting
    row = report.Row("d_ypred_d_w", "right", 1.0, 1.0, 0.0)
    reporting.Reporter.report = lambda *_: report.Report((row,))
    """


@trick
def patches_the_gradients(marker):
    return """
    from microgradnet.checking import claims
    claims.Runs.right = lambda self, claim, k: claim.written(self.values[k])
    """


@trick
def patches_the_recorder(marker):
    return """
    from microgradnet.tape import recorder
    binary = recorder.Recorder.binary
    recorder.Recorder.binary = lambda self, p, sign, a, b: binary(self, p, "*", a, b)
    """


@trick
def patches_the_child(marker):
    return """
    from microgradnet.grading import child
    child._found = lambda *_: FAKE
    child.as_data = lambda x: FAKE['report']
    """


@trick
def patches_json(marker):
    return """
    import json, json.encoder
    whole = json.dumps(FAKE)
    json.dumps = lambda *_, **__: whole
    json.encoder.JSONEncoder.encode = json.encoder.c_make_encoder = lambda *_, **__: whole
    """


@trick
def patches_builtins(marker):
    return """
    import builtins
    builtins.abs = lambda x: 0.0
    builtins.all = lambda x: True
    builtins.any = lambda x: False
    builtins.isinstance = lambda x, kind: True
    """


@trick
def puts_modules_in_the_place_of_others(marker):
    return """
    import sys, types
    fake = types.ModuleType("fake")
    fake.__getattr__ = lambda name: lambda *_, **__: FAKE
    for name in [*sys.modules]:
        if name.startswith("microgradnet"): sys.modules[name] = fake
    """


@trick
def finds_the_secret(marker):
    return """
    import gc, json, os, sys
    frame = sys._getframe()
    while frame:
        known = frame.f_locals
        if "secret" in known and "answers" in known: break
        frame = frame.f_back
    said = json.dumps(FAKE).encode()
    os.write(known["answers"], known["secret"] + b" %d " % len(said) + said + b"\\n")
    os._exit(0)
    """


@trick
def looks_who_asks(marker):
    return """
    def by_hand(w, x, y_true):
        y_pred = w * x
        L = (y_pred - y_true) ** 2
        d_L_d_ypred = 2 * (y_pred - y_true)
        d_ypred_d_w = w
        import sys
        frame = sys._getframe()
        while frame:
            if "rows" in frame.f_locals: frame.f_locals["rows"] = {}
            frame = frame.f_back
        return locals()
    """


# A derivation that would be right if 3 * x were 2 * x.
THREE = """
def by_hand(w, x, y_true):
    y_pred = w * x
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = 3 * (y_pred - y_true)
    d_ypred_d_w = x
    return locals()
"""


@trick
def patches_how_a_constant_is_noted(marker):
    return (
        THREE
        + """
from microgradnet.tape.recorder import Recorder
constant = Recorder.constant
Recorder.constant = eval("lambda self, p, x: constant(self, p, 2 if x == 3 else x)")
"""
    )


@trick
def patches_the_code_of_a_method(marker):
    return (
        THREE
        + """
from microgradnet.tape import recorder
recorder.is_three = lambda x: x == 3
def constant(self, p, value):
    made = fresh(2 if is_three(value) else value)
    self.tape.source(made, self.tape.places[p])
    return made
recorder.Recorder.constant.__code__ = constant.__code__
"""
    )


@trick
def patches_the_table(marker):
    return (
        THREE
        + """
from microgradnet.tape import table
table.OPERATORS["*"].f = lambda x, y: 2 * y if x == 3 else x * y
"""
    )


@trick
def patches_numpy(marker):
    return """
    import numpy as np
    exp = np.exp
    np.exp = lambda x: exp(x) * 2
    """


@trick
def puts_back_what_it_patched(marker):
    return """
    from microgradnet.tape.recorder import Recorder
    constant = Recorder.constant
    as_two = eval("lambda self, p, x: constant(self, p, 2 if x == 3 else x)")
    def by_hand(w, x, y_true):
        y_pred = w * x
        L = (y_pred - y_true) ** 2
        Recorder.constant = as_two
        d_L_d_ypred = 3 * (y_pred - y_true)
        Recorder.constant = constant
        d_ypred_d_w = x
        return locals()
    """


@trick
def runs_another_text(marker):
    return (
        THREE
        + """
other = open(__file__).read().partition("other =")[0]
other = other.replace("d_w = w", "d_w = x").replace("3 *", "2 *")
exec(compile(other, __file__, "exec"), globals())
"""
    )


# How a file gets at the secret, and hands over what it has in `found`.
HANDS_OVER = """
import gc, json, os, sys
frame = sys._getframe()
while frame:
    known = frame.f_locals
    if "secret" in known and "answers" in known: break
    frame = frame.f_back
said = json.dumps(found).encode()
os.write(known["answers"], known["secret"] + b" %d " % len(said) + said + b"\\n")
os._exit(0)
"""


# Checks the file with what is wrong in it put right, and has the hand-over of that in `found`.
OTHER = """
import pathlib, tempfile
from microgradnet.grading.answers import as_data
from microgradnet.tape import handing
from microgradnet.checking.entry_points import check_here, gathered
file = pathlib.Path(tempfile.mkdtemp(), "net.py")
text = open(__file__).read().partition("FAKE")[0].replace("d_w = w", "d_w = x")
file.write_text(text + "by_hand(0.5, 2.0, 1.0)")
with gathered() as recordings:
    report = check_here(file)
data = as_data(report)
for row in data["rows"]: row["file"] = __file__
found = {"report": data, "evidence": {"tapes": list(map(handing.as_data, recordings))}}
"""


@trick
def hands_over_the_evidence_of_another_file(marker):
    return OTHER + HANDS_OVER


@trick
def hands_over_the_evidence_of_another_file_by_its_name(marker):
    own = TRICKS["hands_over_the_evidence_of_another_file"](marker)
    return own.replace('row["file"] = __file__', "pass")


# The places of the hand-over are those of the file itself.
HERE = """
for tape in found["evidence"]["tapes"]:
    for place in tape["places"]:
        if place: place[0] = __file__
"""


@trick
def hands_over_the_evidence_of_another_text(marker):
    return OTHER + HERE + HANDS_OVER


@trick
def hands_over_no_evidence(marker):
    return OTHER + "found['evidence'] = {'tapes': []}\n" + HANDS_OVER


@trick
def hands_over_no_tapes(marker):
    return (
        OTHER + "found['evidence'] = {'tapes': [{'places': [], 'entries': [[0]]}]}\n" + HANDS_OVER
    )


@trick
def hands_over_the_evidence_of_no_file(marker):
    own = TRICKS["hands_over_the_evidence_of_another_file"](marker)
    nowhere = 'row.update(file="", line=0, code="")'
    return own.replace('row["file"] = __file__', nowhere)


# What mg.grad derives.
DERIVED = """
    import microgradnet as mg
    def by_hand(w, x, y_true):
        L = (w * x - y_true) ** 2
        [d_L_d_w] = mg.grad(L, [w])
        return locals()
"""


@trick
def has_it_derived(marker):
    return (
        DERIVED
        + """
    open(__file__, "a").close()
    """
    )


@trick
def has_it_derived_and_hides_that(marker):
    return (
        DERIVED
        + """
    text = open(__file__).read()
    open(__file__, "w").write(text.replace("mg.grad(L, [w])", "[2 * (w * x - y_true) * x]"))
    """
    )
