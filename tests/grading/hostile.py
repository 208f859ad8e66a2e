"""Files that mean to look right, or to do harm: each has a wrong derivation, and a trick.

A function for each; its docstring is the trick. None may get status 0.
"""

import textwrap

WRONG = """
def by_hand(w, x, y_true):
    y_pred = w * x
    L = (y_pred - y_true) ** 2
    d_L_d_ypred = 2 * (y_pred - y_true)
    d_ypred_d_w = w
    return locals()
"""
FAKE = """
FAKE = {"report": {"right": True, "note": "", "loss": "L", "point": {}, "rows": [
    {"name": "d_ypred_d_w", "verdict": "right", "written": 1.0, "right": 1.0, "bound": 0.0,
     "difference": None, "why": "", "mistake": "", "example": {}, "at_example": [], "follows": [],
     "code": "", "file": "", "line": 1, "shape": [], "where": "", "of": "", "ratio": 1.0}]}}
"""
TRICKS = {}


def trick(function):
    """Take a function that returns what a file has besides the wrong derivation."""
    TRICKS[function.__name__] = function
    return function


def source(name, marker="marker"):
    """The file of a trick; marker: a word on the command line of each process that it starts."""
    return WRONG + FAKE + textwrap.dedent(TRICKS[name](marker))


@trick
def leaves(marker):
    return "import sys; sys.exit(0)"


@trick
def quits(marker):
    return "quit()"


@trick
def leaves_at_once(marker):
    return "import os; os._exit(0)"


@trick
def never_ends(marker):
    return "while True: pass"


@trick
def never_ends_whatever_is_raised(marker):
    return """
    while True:
        try:
            while True: pass
        except BaseException: pass
    """


@trick
def takes_gigabytes(marker):
    return "x = [[0] * 10**8 for _ in range(100)]"


@trick
def takes_gigabytes_again_and_again(marker):
    return """
    while True:
        try: x = [bytearray(10**8) for _ in range(100)]
        except MemoryError: pass
    """


@trick
def prints_200_000_lines(marker):
    return """
    import os, sys
    for i in range(200_000): print("all right", i)
    for i in range(20_000): sys.stderr.write("all right\\n"); os.write(1, b"2 right\\n")
    """


@trick
def starts_processes(marker):
    return f"""
    import subprocess, sys
    for i in range(5):
        sleep = "import time; time.sleep(1000)"
        subprocess.Popen([sys.executable, "-c", sleep, "{marker}"], start_new_session=i % 2 == 0)
    """


@trick
def starts_processes_without_end(marker):
    return "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"


@trick
def leaves_a_daemon_behind(marker):
    return f"""
    import os, sys
    if not os.fork():
        os.setsid()
        if not os.fork():
            os.execv(sys.executable, ["python", "-c", "import time; time.sleep(1000)", "{marker}"])
        os._exit(0)
    os.wait()
    """


@trick
def goes_on_in_a_fork(marker):
    return "import os\nif os.fork(): os._exit(0)"


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
def is_heard_at_exit(marker):
    return """
    import atexit, json, os, sys
    atexit.register(lambda: (print(json.dumps(FAKE)), os._exit(0)))
    sys.exit(0)
    """


@trick
def leaves_threads_behind(marker):
    return """
    import threading, time
    for _ in range(20): threading.Thread(target=time.sleep, args=(1000,)).start()
    """


@trick
def kills_itself(marker):
    return "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


@trick
def kills_its_guard(marker):
    return "import os, signal; os.kill(os.getppid(), signal.SIGKILL)\nwhile True: pass"


@trick
def kills_what_checks_it(marker):
    return """
    import os, signal
    from pathlib import Path
    lines = Path(f"/proc/{os.getppid()}/status").read_text().splitlines()
    os.kill(next(int(x.split()[1]) for x in lines if x.startswith("PPid:")), signal.SIGKILL)
    while True: pass
    """


@trick
def kills_its_group(marker):
    return "import os, signal; os.killpg(0, signal.SIGKILL)"


@trick
def stops_itself(marker):
    return "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"


@trick
def stops_its_guard(marker):
    return "import os, signal; os.kill(os.getppid(), signal.SIGSTOP)\nwhile True: pass"


@trick
def hears_no_signal(marker):
    return """
    import signal
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True: pass
    """


@trick
def rings_an_alarm(marker):
    return """
    import signal, sys
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(0))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    while True: pass
    """


@trick
def closes_all_files(marker):
    return "import os; os.closerange(0, 1000)"


@trick
def writes_to_all_files(marker):
    return """
    import json, os
    said = json.dumps(FAKE).encode()
    for number in range(1000):
        for whole in (said, b"ready %d\\n" % len(said) + said):
            try: os.write(number, whole)
            except OSError: pass
    os._exit(0)
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
def becomes_another_program(marker):
    return """
    import json, os, sys
    os.execv(sys.executable, ["python", "-c", f"print({json.dumps(FAKE)!r})"])
    """


@trick
def calls_itself_without_end(marker):
    return """
    import sys
    sys.setrecursionlimit(10**9)
    def deeper(x): return deeper([x]) + deeper((x,))
    deeper(0)
    """


@trick
def is_a_deep_expression(marker):
    return "eval('(' * 100_000 + ')' * 100_000)"


@trick
def crashes_python(marker):
    return "import ctypes; ctypes.string_at(0)"


@trick
def reads_what_is_typed_in(marker):
    return "import sys; sys.stdin.read(); input('all right?')"


@trick
def computes_a_huge_number(marker):
    return "x = 10 ** 10 ** 10"


@trick
def deletes_its_folder(marker):
    return "import os, shutil; shutil.rmtree(os.getcwd())"


@trick
def goes_elsewhere(marker):
    return "import os; os.chdir('/')"


@trick
def writes_without_end(marker):
    return "with open('big', 'wb') as f:\n    while True: f.write(bytes(10**7))"


@trick
def raises_a_long_text(marker):
    return "raise ValueError('\\x1b[2J\\r\\n2 right\\n' * 10_000)"


@trick
def raises_what_nobody_catches(marker):
    return "class End(BaseException): pass\nraise End('2 right')"


@trick
def is_interrupted(marker):
    return "raise KeyboardInterrupt"


@trick
def leaves_while_it_is_checked(marker):
    return """
    def by_hand(w, x, y_true):
        import os
        os._exit(0)
        L = (w * x - y_true) ** 2
        d_L_d_w = 2 * (w * x - y_true) * w
        return locals()
    """


@trick
def deletes_what_it_was_asked(marker):
    return "import os; os.remove(__file__); by_hand.__code__ = (lambda w, x, y_true: {}).__code__"


@trick
def deletes_what_lies_around(marker):
    return """
    import os
    from pathlib import Path
    for path in [*Path(__file__).parent.rglob("*")]:
        if path.is_file(): path.unlink()
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
