"""The catalogue: each sentence that the code says is there, in Chinese, with the same places."""

import ast
import re
from string import Formatter

from microgradnet.words.languages import chinese
from tests.sources import trees

CATALOGUE = chinese()


def places(text):
    """The places of a sentence, with how they are spelled: `{size:g}`."""
    return {f"{name}!{how}:{spec}" for _, name, spec, how in Formatter().parse(text) if name}


def called(node, name):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == name


def constants(tree):
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) is str}


def test_each_sentence_has_the_same_places_in_both_languages():
    assert {en: zh for en, zh in CATALOGUE.items() if places(en) != places(zh)} == {}


def test_what_is_said_in_the_code_is_in_the_catalogue_with_its_parts():
    missing = []
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if called(node, "say") and isinstance(node.args[0], ast.Constant):
                text, given = node.args[0].value, sorted(k.arg or "**" for k in node.keywords)
                wanted = sorted({name for _, name, _, _ in Formatter().parse(text) if name})
                if text not in CATALOGUE or ("**" not in given and wanted != given):
                    missing.append(f"{file}:{node.lineno} {text} {given}")
    assert missing == []


def test_the_catalogue_has_nothing_that_nobody_says():
    known = set().union(*(constants(tree) for tree in trees().values()))
    assert [text for text in CATALOGUE if text not in known] == []


SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
SPEAKING = ("checking",)  # the room whose words reach a report
# of code, of an error of NumPy, of types and colours: no sentences
OTHERS = {
    *("has no callable", "Cannot cast ufunc", "bold red", "Value | None", "the script"),
    *("not bold", "<caption style='caption-side:bottom;text-align:left'>"),
    *("<th style='", "<td style='"),
}


def test_no_sentence_of_the_checker_is_said_outside_of_the_catalogue():
    """An f-string, or text in quotes, cannot say itself in Chinese."""
    found = []
    for file, tree in trees().items():
        if not file.startswith(SPEAKING):
            continue
        said = {id(n) for c in ast.walk(tree) if called(c, "say") for n in ast.walk(c)}
        said |= {
            id(n.body[0].value)
            for n in ast.walk(tree)
            if isinstance(n, (ast.Module, ast.FunctionDef, ast.ClassDef))
            and n.body
            and isinstance(n.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and type(node.value) is str and id(node) not in said:
                text = node.value
                if SENTENCE.search(text) and text not in CATALOGUE and text not in OTHERS:
                    found.append(f"{file}:{node.lineno} {text!r}")
    assert found == []
