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
    import dataclasses
    from microgradnet.checking import examining, judging
    judge = judging.judge
    examining.judge = judging.judge = lambda runs: [
        dataclasses.replace(finding, verdict="right") for finding in judge(runs)
    ]
    """


@trick
def patches_the_bounds(marker):
    return """
    from microgradnet.checking import judging, rounding
    class Wide(rounding.Bounded):
        def __post_init__(self): self.error = float("inf")
    rounding.Bounded = judging.Bounded = Wide
    judging.Cell.fits = judging.Cell.fits_locally = property(lambda self: True)
    judging._informative = lambda cell: True
    """


@trick
def patches_the_points(marker):
    return """
    from microgradnet.checking import examining, points
    examining.informative = points.informative = lambda names, *_: iter([
        dict.fromkeys(names, 0.5 + k) for k in range(16)
    ])
    """


@trick
def patches_what_is_examined(marker):
    return """
    from microgradnet.checking import functions, report
    row = report.Row("d_ypred_d_w", "right", 1.0, 1.0, 0.0)
    functions.examine = lambda *_: report.Report((row,))
    """


@trick
def patches_the_gradients(marker):
    return """
    from microgradnet.autograd.value import Value
    from microgradnet.checking import judging, rounding
    def as_written(*roots, **options):
        found = rounding.bounded_gradients(*roots, **options)
        fake = lambda x: rounding.Bounded(x.data, x.data, x.data, 1.0)
        return {y: {x: fake(x) for x in known} for y, known in found.items()}
    judging.bounded_gradients = as_written
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
def patches_how_a_value_multiplies(marker):
    return (
        THREE
        + """
import microgradnet as mg
rmul = mg.Value.__rmul__
mg.Value.__rmul__ = lambda self, x: rmul(self, 2 if x == 3 else x)
"""
    )


@trick
def patches_the_code_of_a_method(marker):
    return (
        THREE
        + """
from microgradnet.autograd import value
value.times = value.Value.__mul__
rmul = lambda self, other: times(self, 2 if other == 3 else other)
value.Value.__rmul__.__code__ = rmul.__code__
"""
    )


@trick
def patches_the_table(marker):
    return (
        THREE
        + """
from microgradnet.operations.operation import OPS
object.__setattr__(OPS["mul"], "value", lambda x, y: 2 * y if x == 3 else x * y)
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
    import microgradnet as mg
    rmul = mg.Value.__rmul__
    def as_two(self, x):
        return rmul(self, 2 if x == 3 else x)
    def by_hand(w, x, y_true):
        y_pred = w * x
        L = (y_pred - y_true) ** 2
        mg.Value.__rmul__ = as_two
        d_L_d_ypred = 3 * (y_pred - y_true)
        mg.Value.__rmul__ = rmul
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


@trick
def hands_over_the_evidence_of_another_file(marker):
    return (
        """
import pathlib, tempfile
from microgradnet.checking.evidence import gathered
from microgradnet.checking.taking import check_here
from microgradnet.grading.answers import as_data
file = pathlib.Path(tempfile.mkdtemp(), "net.py")
file.write_text(open(__file__).read().partition("FAKE")[0].replace("d_w = w", "d_w = x"))
with gathered():
    report = check_here(file)
data = as_data(report)
for row in data["rows"]: row["file"] = PLACE
found = {"report": data, "evidence": report.evidence}
""".replace("PLACE", "__file__")
        + HANDS_OVER
    )


@trick
def hands_over_the_evidence_of_another_file_by_its_name(marker):
    own = TRICKS["hands_over_the_evidence_of_another_file"](marker)
    return own.replace('row["file"] = __file__', "pass")


@trick
def hands_over_the_evidence_of_no_file(marker):
    own = TRICKS["hands_over_the_evidence_of_another_file"](marker)
    nowhere = 'row.update(file="", line=0, code="")'
    return own.replace('row["file"] = __file__', nowhere)


# What mg.grad derives, with the check that says so taken out.
DERIVED = """
    import microgradnet as mg
    from microgradnet.checking import taking
    taking.apart = lambda report, source: report
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
