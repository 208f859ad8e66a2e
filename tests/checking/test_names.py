"""What a name says of a value: held against what it means, and never against what it does not."""

import pytest

from microgradnet.checking.finding import vocabulary


@pytest.mark.parametrize(
    ("asks", "names"),
    [
        (vocabulary.is_loss, "sunshi daijia sunshihanshu sonshitsu kosuto perda costo"),
        (vocabulary.is_loss, "verlust fehler perte poteri verlies loss_2 L1"),
        (vocabulary.is_derivative, "tidu_w w_tidu gradiente_W grad_de_w gradienten_w koubai_w"),
        (vocabulary.is_parameter, "quanzhong1 pianzhi omomi gewichte poids pesi vesa"),
        (vocabulary.is_data, "shuju biaoqian yangben daten entrees dados dannye x_train"),
        (vocabulary.is_rate, "xuexilv xuexi_lv gakushuritsu lernrate taxa tasa_aprendizaje taux"),
    ],
)
def test_names_of_other_languages_are_known(asks, names):
    assert [name for name in names.split() if not asks(name)] == []


def test_words_that_begin_like_those_of_other_languages_are_none():
    assert not any(map(vocabulary.is_loss, ["sunshine", "costume", "terror"]))
    assert not any(map(vocabulary.is_derivative, ["data", "dedans", "tid"]))
