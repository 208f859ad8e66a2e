"""A class of a hundred that was never held: 40 right, 60 wrong in one line, of known scores."""

import random
import re
from dataclasses import dataclass

from tests.checking.handmade import FUNCTION, MISTAKES, TRAINER, spoil, varied

FACTORS = (
    "d_L_d_ypred",
    *(f"d_ypred_d_{x}" for x in ("w5", "w6", "b3", "h1", "h2")),
    *(f"d_h1_d_{x}" for x in ("w1", "w2", "b1")),
    *(f"d_h2_d_{x}" for x in ("w3", "w4", "b2")),
)
POINTS = {name: 1 + k % 3 for k, name in enumerate(FACTORS)}
MOST = sum(POINTS.values())
SPOILS = {"2 * ({})": "a factor 2 too much", "-({})": "the sign is wrong", "0": "is 0"}


@dataclass
class Submission:
    """A file that is handed in; wrong: what is wrong in it, "" for nothing; words: the mistake."""

    name: str
    source: str
    wrong: str = ""
    words: str = ""

    @property
    def score(self):
        """What it is worth: a mistake costs the points of what is wrong, and nothing else."""
        return MOST - POINTS.get(self.wrong, 0)


def _written(rng, k):
    """The tutorial's net as a function or as a class, each with the same names of factors."""
    return varied(FUNCTION if rng.random() < 0.5 else TRAINER, k)


def _spoilt(source, name, spoil_by):
    """The source with the line of a derivative changed: once, since a line stands there once."""
    line = re.compile(rf"^( +{name} = )(.+)$", re.M)
    (found,) = line.finditer(source)
    return source.replace(found.group(), found.group(1) + spoil_by.format(found.group(2)))


def played(right, wrong):
    """So many submissions that are right, and so many that are wrong, in a random order.

    None is wrong by a factor of all gradients: that is scaled, and not wrong. None has all of them
    0: nothing moves then in a class, and of what loss is not known.
    """
    rng = random.Random(0)
    known = [case[:3] for case in MISTAKES if "-1 *" not in case[1]]
    made = [Submission("", _written(rng, k)) for k in range(right)]
    for old, new, blamed in known[:wrong]:
        made.append(Submission("", spoil(FUNCTION, old, new), blamed))
    others = [(name, how) for how in SPOILS for name in FACTORS]
    for how in ("2 * ({})", "0"):
        others.remove(("d_L_d_ypred", how))
    rng.shuffle(others)
    for k in range(wrong - len(known)):
        name, how = others[k % len(others)]
        source = _spoilt(_written(rng, k), name, how)
        made.append(Submission("", source, name, SPOILS[how]))
    rng.shuffle(made)
    for k, one in enumerate(made):
        one.name = f"student{k:03d}"
    return made
