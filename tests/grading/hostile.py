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
CALL = "\nby_hand(0.5, 2.0, 1.0)\n"
TRICKS = {}


def trick(function):
    """Take a function that returns what a file has besides the wrong derivation."""
    TRICKS[function.__name__] = function
    return function


def source(name, marker="marker"):
    """The file of a trick; marker: a word on the command line of each process that it starts."""
    return WRONG + FAKE + textwrap.dedent(TRICKS[name](marker)) + CALL


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
