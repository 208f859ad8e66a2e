"""Files run where packages, modules, data and answers are missing: what is made up is said."""

import os
import random
import sys
import types

import numpy as np
import pytest

from microgradnet.tape.feeding.running import execute
from microgradnet.tape.sources import read

HEAD = "import numpy as np\n"


@pytest.fixture
def run(tmp_path):
    """Run a file with others beside it."""

    def function(text, name="main.py", others=()):
        for other, content in {**dict(others), name: text}.items():
            file = tmp_path / other
            file.parent.mkdir(exist_ok=True)
            file.write_text(content, encoding="utf-8")
        return execute(read(tmp_path / name), seconds=0.2)

    return function


def test_a_file_that_lacks_nothing_is_run_as_it_is(run):
    ran = run("if __name__ == '__main__':\n    x = __file__[-7:]\n")
    assert (ran.namespace["x"], ran.notes, ran.errors) == ("main.py", [], [])


DATA = {
    "X = np.loadtxt('train.txt')": (12, 5),
    "X = np.genfromtxt('a/b.csv', delimiter=',')[:, 1:]": (12, 4),
    "X = np.load('x.npy')[:, :]": (12, 5),
    "X = np.load('x.npz')['X_train'].reshape(60000, 28 * 28)": (12, 784),
    "X, y = np.loadtxt('a.txt', unpack=True)": (12, 5),
    "data = np.loadtxt('a.csv', delimiter=',')\nX = data[:, :-1] @ np.ones((8, 2))": (12, 2),
    "import pandas as pd\nX = pd.read_csv('titanic.csv').values": (12, 5),
    "import pandas as pd\nX = pd.read_csv('a.csv').drop('label', axis=1).values": (12, 5),
    "import csv\nX = np.array([list(map(float, r)) for r in csv.reader(open('a.csv'))])": (12, 5),
    "X = np.array([l.split(',') for l in open('a.csv').readlines()]).astype(float)": (12, 5),
    "with open('a.txt') as f:\n    X = np.array([[float(w) for w in l.split()] for l in f])": (
        12,
        5,
    ),
    "X = np.array([[int(w) for w in l.split(',')] for l in open('a.data')])": (12, 5),
    "import pickle\nd = pickle.load(open('d.pkl', 'rb'))\nX = d['data'] * 1.0": (12, 5),
    "import pickle, gzip\n(X, y), v, t = pickle.load(gzip.open('mnist.pkl.gz'))\nX = X * 1": (
        12,
        5,
    ),
    "import gzip\nX = np.frombuffer(gzip.open('train-images-idx3-ubyte.gz').read(), np.uint8, "
    "offset=16).reshape(-1, 784)": (12, 784),
    "import pandas as pd\nd = np.array(pd.read_csv('a.csv'))\n"
    "X = np.zeros((9, d[1000:].T[0].max()))\nX = np.ones((9, 784)) @ d[1000:, 1:].T": (9, 12),
    "import h5py\nX = np.array(h5py.File('a.h5', 'r')['train_x'][:])": (12, 5),
    "from keras.datasets import mnist\n(X, y), (Z, z) = mnist.load_data()\nX = X / 255": (12, 5),
    "from keras.datasets import mnist\n(X, y), _ = mnist.load_data()\nX = X.reshape(60000, 784)": (
        12,
        784,
    ),
    "from keras.utils import to_categorical\nX = to_categorical(np.array([0, 2]), 4)": (2, 4),
    "from urllib.request import urlopen\nX = np.loadtxt(urlopen('http://a.b/c.csv'))": (12, 5),
}


@pytest.mark.parametrize("text", DATA)
def test_data_that_is_not_there_is_made_up_and_said(run, text):
    ran = run(HEAD + text)
    assert ran.errors == []
    assert np.asarray(ran.namespace["X"]).shape == DATA[text]
    assert ran.notes or "to_categorical" in text


def test_what_is_made_up_is_said_with_its_size(run):
    ran = run(HEAD + "data = np.loadtxt('train.csv', delimiter=',')\nX = data[:, 1:]\n")
    assert ran.notes == ["train.csv gives 12 made-up rows of 5 columns"]


def test_columns_are_as_many_as_the_weights_take(run):
    ran = run(HEAD + "X = np.loadtxt('a.csv')[:, 1:]\nh = X @ np.zeros((7, 3))\n")
    assert ran.namespace["h"].shape == (12, 3)
    assert ran.notes == ["a.csv gives 12 made-up rows of 8 columns"]


def test_data_that_is_there_is_read(run, tmp_path):
    (tmp_path / "a.csv").write_text("1,2\n3,4\n")
    ran = run(HEAD + "X = np.loadtxt('a.csv', delimiter=',')")
    assert ran.namespace["X"].tolist() == [[1, 2], [3, 4]]
    assert ran.notes == []


def test_text_is_words(run):
    ran = run("data = open('input.txt').read()\nchars = sorted(set(data))\n")
    assert 20 < len(ran.namespace["chars"]) < 40
    assert ran.notes == ["input.txt gives a made-up text"]


def test_what_only_draws_is_not_run_whether_it_is_there_or_not(run):
    ran = run(
        "import matplotlib.pyplot as plt\nfrom tqdm import tqdm\nfrom IPython.display import HTML\n"
        "fig, (a, b) = plt.subplots(2)\nplt.plot([1, 2])\na.set_title('x')\nplt.show()\n"
        "total = 0\nfor i in tqdm(range(4)):\n    total += i\n"
    )
    assert (ran.namespace["total"], ran.errors) == (6, [])
    assert "matplotlib is not run: it only draws" in ran.notes


def test_an_absent_package_is_said(run):
    ran = run("import nowhere_at_all as no\nx = no.f(1)\nclass A(no.B):\n    pass\na = A()")
    assert ran.errors == []
    assert ran.notes == ["nowhere_at_all cannot be used here: what it gives is made up"]


def test_a_package_that_the_file_can_do_without_is_not_stood_in_for(run):
    ran = run("try:\n    import nowhere_at_all as np\nexcept ImportError:\n    import numpy as np")
    assert ran.namespace["np"] is np
    assert ran.notes == []


def test_modules_beside_the_file_are_imported_and_forgotten(run):
    before = dict(sys.modules)
    ran = run(
        "from layers import Dense\nimport pack.more as more\nx = Dense().w + more.y",
        others={
            "layers.py": "class Dense:\n    w = 1\n",
            "pack/__init__.py": "from .more import y\n",
            "pack/more.py": "y = 2\n",
        },
    )
    assert (ran.namespace["x"], ran.errors) == (3, [])
    assert {k for k in sys.modules if k.partition(".")[0] in ("layers", "pack")} == set()
    assert all(sys.modules[k] is m for k, m in before.items())


def test_a_file_in_a_package_finds_what_it_imports_relatively(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "net", types.ModuleType("net"))  # of somebody else
    ran = run("from .layers import w\nx = w", "net/main.py", {"net/layers.py": "w = 4"})
    assert (ran.namespace["x"], ran.errors) == (4, [])


def test_modules_beside_the_file_are_compiled_as_the_file_is(tmp_path):
    (tmp_path / "a.py").write_text("import b\nx = b.y\n")
    (tmp_path / "b.py").write_text("y = 1\n")
    seen = []

    def transform(text, file):
        seen.append(os.path.basename(file))
        return compile(text.replace("1", "extra"), file, "exec")

    ran = execute(read(tmp_path / "a.py"), transform, {"extra": 5})
    assert ran.namespace["x"] == 5
    assert seen == ["a.py", "b.py", "a.py"]


def test_a_copy_of_this_library_beside_it_is_not_taken_for_the_persons_code(run):
    text = "import microgradnet as mg\nx = mg.Value(2.0).data"
    ran = run(text, others={"microgradnet/__init__.py": "Value = None"})
    assert (ran.namespace["x"], ran.errors) == (2.0, [])


def test_a_module_beside_it_hides_one_of_the_same_name(run):
    sys.modules["utils"] = sentinel = type(sys)("utils")
    try:
        assert run("import utils\nx = utils.y", others={"utils.py": "y = 3"}).namespace["x"] == 3
        assert sys.modules["utils"] is sentinel
    finally:
        del sys.modules["utils"]


ASKING = {
    "x = int(input('how many? '))": 2,
    "import sys\nx = int(sys.argv[1])": 2,
    "import sys\nx = len(sys.stdin.read())": 0,
    "import argparse\np = argparse.ArgumentParser()\n"
    "p.add_argument('--lr', type=float, default=0.1)\np.add_argument('n', type=int)\n"
    "a = p.parse_args()\nx = a.n * a.lr": 0.2,
    "import argparse\np = argparse.ArgumentParser()\n"
    "p.add_argument('--n', type=int, required=True)\nx = p.parse_args().n": 2,
    "import numpy as np\nx = np.float(3)": 3,
    "import sys\nx = 1\nsys.exit(3)\nx = 2": 1,
    "import os\nos.makedirs('made')\nwith open('made/a', 'w') as f:\n    f.write('b')\n"
    "x = open('made/a').read()": "b",
    "x = 1\nwhile True:\n    x = 2": 2,
    "x = 0\nfor i in range(10 ** 9):\n    x = min(i, 1)": 1,
}  # fmt: skip


@pytest.mark.parametrize("text", ASKING)
def test_questions_are_answered_and_nothing_is_written(run, text, tmp_path):
    ran = run(text)
    assert (ran.namespace["x"], ran.errors) == (ASKING[text], [])
    assert not (tmp_path / "made").exists()


def test_nothing_is_shown(run, capfd):
    run("import sys, warnings\nprint('a')\nprint('b', file=sys.stderr)\nwarnings.warn('c')")
    assert capfd.readouterr() == ("", "")


def test_a_statement_that_fails_is_left_out(run):
    ran = run("x = 1\ny = {}['a']\nz = 3")
    assert (ran.namespace["z"], [type(e) for e in ran.errors]) == (3, [KeyError])


@pytest.mark.parametrize("end", ["raise KeyboardInterrupt", "exit(2)", "1 / 0", "open(np.int8(1))"])
def test_all_is_put_back_whatever_happens(run, end):
    random.seed(5)
    np.random.seed(5)
    state = random.getstate(), np.random.get_state()[1].tolist(), os.getcwd(), [*sys.argv]
    streams = sys.stdout, sys.stderr, sys.stdin, open, np.loadtxt, os.mkdir, [*sys.path]
    text = "import random, sys, os\nimport numpy as np\nrandom.random(); np.random.rand()\n"
    text += "sys.path.append('x'); sys.argv.append('y'); np.loadtxt('a.csv')[0]\n" + end
    try:
        run(text)
    except KeyboardInterrupt:
        assert "Keyboard" in end
    assert os.fstat(1)  # else the process can print nothing more
    assert state == (random.getstate(), np.random.get_state()[1].tolist(), os.getcwd(), sys.argv)
    assert streams == (sys.stdout, sys.stderr, sys.stdin, open, np.loadtxt, os.mkdir, sys.path)


def test_loops_are_whole_again_once_the_file_ran(run):
    text = "def count():\n    n = 0\n    for _ in range(10):\n        n += 1\n    return n\n"
    ran = run(text + "while True:\n    pass\n")
    assert ran.namespace["count"]() == 10


def test_two_runs_draw_the_same(run):
    text = HEAD + "import random\nx = np.random.rand(3).tolist() + [random.random()]"
    assert run(text).namespace["x"] == run(text).namespace["x"]


def test_packages_that_are_not_the_persons_are_imported_as_they_are(tmp_path):
    """Those that a package imports only when it is used, too."""
    compiled, file = [], tmp_path / "main.py"
    file.write_text("import xml.dom.minidom\nimport xml.dom.pulldom\n", encoding="utf-8")
    later = {m: sys.modules.pop(m) for m in list(sys.modules) if m.startswith("xml.dom")}

    def transform(text, path):
        compiled.append(path)
        return compile(text, path, "exec")

    execute(read(file), transform, {})
    sys.modules.update(later)
    assert set(compiled) == {str(file)}
