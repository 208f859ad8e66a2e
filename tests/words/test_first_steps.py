"""What words promise: a sentence is plain English text, and says itself in Chinese."""

import copy
import json
import pickle

import pytest

from microgradnet.words import Said, in_language, language, listed, say

WORDS = say(
    "uses {used} where {meant} belongs",
    used="w",
    meant=say("{times:.6g} times {of}", times=2, of="h"),
)


def test_a_sentence_is_its_english_text():
    assert WORDS == "uses w where 2 times h belongs"
    assert f"{WORDS}" == str(WORDS) == "uses w where 2 times h belongs"
    assert json.loads(json.dumps(WORDS)) == WORDS


def test_a_sentence_says_itself_in_chinese_and_so_do_its_parts():
    assert in_language(WORDS, "zh") == "该用 h 的 2 倍的地方用了 w"


def test_a_list_has_the_marks_of_the_language():
    both = listed([say("the sign is wrong"), say("a factor {size:g} too much", size=2.0)], " and ")
    assert both == "the sign is wrong and a factor 2 too much"
    assert in_language(both, "zh") == "符号错了，而且多了因子 2"


def test_a_list_leaves_out_what_is_empty():
    assert listed([]) == ""
    assert listed(["", "dW"]) == "dW"


def test_what_is_no_sentence_is_the_same_in_every_language():
    assert in_language("dW1", "zh") == "dW1"


def test_braces_in_a_part_stay():
    assert say("{name} is left out", name="cache{0}").to("zh") == "漏掉了 cache{0}"


def test_a_place_without_a_part_is_an_error():
    with pytest.raises(KeyError, match="used"):
        say("uses {used} where {meant} belongs", meant="x")


@pytest.mark.parametrize(
    "again",
    [
        copy.deepcopy,
        lambda words: pickle.loads(pickle.dumps(words)),
        lambda words: Said.from_data(json.loads(json.dumps(words.to_data()))),
    ],
)
def test_a_sentence_is_handed_over_whole(again):
    both = listed([WORDS, say("the sign is wrong")], "; ")
    assert again(both) == both
    assert again(both).to("zh") == both.to("zh") != both


def test_what_the_catalogue_has_not_is_not_taken_from_elsewhere():
    for wrong in (
        {"template": "all is right", "parts": {}, "between": ""},
        {"template": "{name} is left out", "parts": {}, "between": ""},
        {"template": "{name} is left out", "parts": 3, "between": ""},
        {},
    ):
        with pytest.raises(ValueError, match="catalogue"):
            Said.from_data(wrong)


@pytest.mark.parametrize(
    ("variables", "spoken"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "MICROGRADNET_LANG": "en"}, "en"),
        ({"LANG": "C", "MICROGRADNET_LANG": "zh"}, "zh"),
    ],
)
def test_the_language_is_that_of_the_person(variables, spoken, monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "MICROGRADNET_LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language() == spoken
    assert language("zh") == "zh"


def test_a_language_that_there_is_not_is_named(monkeypatch):
    with pytest.raises(ValueError, match="lang is one of en, zh, not 'fr'"):
        language("fr")
    monkeypatch.setenv("MICROGRADNET_LANG", "fr")
    with pytest.raises(ValueError, match="MICROGRADNET_LANG is one of en, zh, not 'fr'"):
        language()
