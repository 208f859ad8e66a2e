"""Read names: all patterns of names in one place, used where structure leaves a choice."""

from __future__ import annotations

import functools
import re

# Names that may stand for nodes of a recorded graph, `plain`: the loss, a prediction, a target;
# and for methods that predict.
ALSO_LOSS = ("L", "loss", "Loss", "cost", "Cost", "l", "E", "J", "C", "error", "Error")
PREDICTION: tuple[str, ...] = ("ypred", "yhat", "pred", "prediction", "yp", "output", "out", "o1")
PREDICTION += ("o", "yuce", "yosoku", "vorhersage", "prediccion", "predicao", "predizione")
PREDICTING: tuple[str, ...] = ("feedforward", "forward", "predict", "forwardpass", "predictone")
PREDICTING += ("think", "qianxiang", "yuce", "vorwaerts", "predire", "predecir", "prever")
TARGET: tuple[str, ...] = ("ytrue", "target", "truth", "label", "y", "t", "biaoqian", "mubiao")
TARGET += ("mokuhyo", "ziel", "cible", "objetivo", "alvo", "metka")

LOSSES = (  # not entropy, which is a part of one; an objective may be maximised, too
    "objective|loss|losses|cost|costs|l|j|e|c|error|err|mse|sse|nll|bce|ce|energy|risk|cross_?entropy"
    r"|misfit|cout|coût|sum_of_squares|(neg|minus)_?\w*log\w*|deviance|focal|pinball|hinge|huber|perda|custo|perdita|strata"
    "|fehler|verlust|kosten|perdida|pérdida|coste|costo|perte|verlies|kayip"
    "|ошибка|потери|poteri|损失|误差|代价|sunshi(hanshu)?|daijia|sonshitsu|kosuto"
)
_LOSS = re.compile(rf"(^|_|\.)({LOSSES})(_|$|\[|\d)", re.IGNORECASE)
_IS_LOSS = re.compile(rf"({LOSSES}|total_?loss)", re.IGNORECASE)
# What follows d in words that are no derivative: data, date, dim, dist, day, drop, d_true.
_WORDS = "ata|ate|im|ist|ays?|rop|ict|_true$"
# "d_h1_d_w2", "dL_dw1", "dL/dW": the derivative of one value by another.
_OF_BY = re.compile(
    rf"^d(?!{_WORDS})_?(?P<of>[A-Za-z]\w*?)_?(?:_d_|_d(?=[A-Za-z])|(?<=[A-Z])d(?=[A-Z]))(?P<by>\w+)$"
)
# "dW1", "grad_W1", "nabla_b", "W1_grad", "gW": the derivative by a value.
_BY = re.compile(
    rf"^(?:d(?!{_WORDS})(?:_|(?=[A-Z]|[a-zα-ω]\d*$|[wbxzahyo]\w{{0,3}}$|(?:weight|input|output|biase)s?$))"
    r"|grad(?:ient(?:en?)?)?s?_?(?:(?:of|d[aeio])_)?|nabla_?|tidu_?|kou?bai_?|g_|∂|Δ)(?P<by>\w+)$"
)
_AFTER = re.compile(r"^(?P<by>\w+?)_?(?:grad|gradient|Grad|gradiente|gradienten|tidu|kou?bai)$")
_INNER = re.compile(r"^(?:delta|err|error|δ)_?(?P<by>\w*)$", re.IGNORECASE)
_KEY = re.compile(r"\[['\"](\w+)['\"]\]$")


def last_part(text: str) -> str:
    """Return the last attribute, key or name of a stored value: "W1" for "self.W1"."""
    found = _KEY.search(text)
    return found[1] if found else text.rpartition(".")[2]


def spelled(text: str) -> str:
    """Return a name in one spelling: "y_pred" and "ypred" are the same."""
    return last_part(text).replace("_", "").lower()


def is_loss(text: str) -> bool:
    """Whether a name is one of a loss."""
    return _LOSS.search(text) is not None and not is_derivative(text)


def derivative(text: str) -> tuple[str, str] | None:
    """Return the two names in a derivative's name, the first "" for the loss: d_h1_d_w2.

    None for a name of no derivative. `grads["W1"]` is the derivative by W1.

    >>> derivative("d_h1_d_w2"), derivative("self.dW1"), derivative("rate")
    (('h1', 'w2'), ('', 'W1'), None)
    """
    keyed = _KEY.search(text)
    if keyed and re.match(r"(?:.*\.)?(?:d|g|grad|gradient|delta|nabla)s?\[", text, re.IGNORECASE):
        return derivative(keyed[1]) or ("", keyed[1])
    name = last_part(text)
    if found := _OF_BY.match(name):
        of = found["of"]
        return ("" if _IS_LOSS.fullmatch(of) else of), found["by"]
    found = _BY.match(name) or _AFTER.match(name)
    return ("", found["by"]) if found else None


def is_exact(text: str) -> bool:
    """Whether a name gives both sides of a derivative: `d_L_d_w`, `dL_dw`."""
    return _OF_BY.match(last_part(text)) is not None


def is_full(text: str) -> bool:
    """Whether a name can only be that of a derivative: `d_L_d_w`.

    >>> is_full("d_L_d_w1"), is_full("d_model_dim")
    (True, False)
    """
    name = last_part(text)
    return name.startswith("d_") and "_d_" in name[3:]


_LIKE_GRADIENT = re.compile(r"(d|grad_|adj_|g_)\w|\w+_(bar|grad)$")


def may_be_gradient(text: str) -> bool:
    """Whether a name looks like that of any gradient: dh_next, grad_h, adj_u, h_bar.

    >>> may_be_gradient("dh_next"), may_be_gradient("h_bar"), may_be_gradient("gate")
    (True, True, False)
    """
    return _LIKE_GRADIENT.match(last_part(text)) is not None or is_derivative(text)


def is_of_slope(text: str) -> bool:
    """Whether the name of a function, or the text of a call, says that it gives a derivative."""
    return any(word in text.lower() for word in ("deriv", "prime", "grad", "slope", "back"))


def is_derivative(text: str) -> bool:
    """Whether a name is one of a derivative, of any kind."""
    return derivative(text) is not None or _INNER.match(last_part(text)) is not None


_PARAMETER = re.compile(
    r"(w|v|u|b|bias|biases|weight|weights|theta|gamma|beta|kernel|coef|slope|intercept|offset"
    r"|peso|pesos|pesi|sesgo|gewichte?|poids|biais|веса|смещение|ves[ay]?|smeshchenie|权重|偏置"
    r"|quanzhong|pianzhi|omomi)"
    r"(_?[a-z]{0,3}_?\d*|\[.*\]|\d*)",
    re.IGNORECASE,
)


def is_parameter(text: str) -> bool:
    """Whether a name is one of a parameter."""
    return _PARAMETER.match(last_part(text)) is not None


# Names of data, as arguments of a forward pass, without an index.
_DATA = re.compile(
    r"((all_?)?(x|xs|y|ys|t|ts|inp|inputs?|features?|data|samples?|rows?|targets?|labels?|truths?)"
    r"|expected|desired|shuju|shuru|yangben|mubiao|biaoqian|nyuryoku|daten|eingabe|ziele?"
    r"|donnees|entrees?|cibles?|datos|entradas?|dados|alvos?|dati|dannye|输入|数据|样本|目标|标签)(_?(trues?|train|test|batch))?(_?\d+)?",
    re.IGNORECASE,
)


def is_data(text: str) -> bool:
    """Whether the name of an argument is one of an input or a target.

    >>> is_data("x1"), is_data("y_true"), is_data("w1")
    (True, True, False)
    """
    return _DATA.fullmatch(last_part(text).partition("[")[0]) is not None


# Arguments of a backward pass: the upstream gradient, a rate, values of the forward pass.
_UPSTREAM = re.compile(
    r"d|g|gy|gz|go|ct|cts?|cotangents?|upstream|above|top_diff|eta|adj(oint)?|v_?bar|\w*(grad|tidu|梯度)\w*|∂\w+"
    r"|d(?!ata|im(s|en\w*|)$|ist|il|rop|type|ep|ec|ens|iag|elay|egree|evice|ict|ur|elta_t)\w+|g_\w+|delta\w*"
    r"|err(or)?\w*|\w+_(bar|ct|cot)",
    re.IGNORECASE,
)
_BACKWARD = re.compile("back|bprop|bwd", re.IGNORECASE)
_RATE = re.compile(
    "lr|rate|learning_?rate|alpha|step_?size|eta|xuexi_?lv|gakushu_?ritsu|lernrate|schrittweite"
    r"|(taux|tasa|taxa|tasso)(_\w+)?|skorost\w*",
    re.IGNORECASE,
)
_GRADIENTS = re.compile(
    r"_?(d|grads?|gradient[ei]?[ns]?|tidu|梯度|deltas?|derivs?|derivatives?|dparams?|param_?grads?"
    r"|grad_?params?)",
    re.IGNORECASE,
)
_WEIGHT = re.compile(
    r"(?!va[rl]$)(w|v|u|b)(_?[a-z]{0,2}\d*)|(kernel|weight|bias|gamma|beta|theta|table)(e?s)?(_?\w{0,3}\d*)"
    r"|embeddings?",
    re.IGNORECASE,
)
_INPUT = re.compile(r"q|k|v|x\d?|z|h\d?|c|inp(uts?)?", re.IGNORECASE)


def is_target(name: str) -> bool:
    """Whether the name of an argument is that of the targets of a loss."""
    return plain(name) in (*TARGET, "targets", "labels")


def is_upstream(name: str) -> bool:
    """Whether the name of a backward pass's argument is that of an upstream gradient."""
    return _UPSTREAM.fullmatch(name) is not None and not is_rate(name)


def is_handed_down(name: str) -> bool:
    """Whether an argument's name is that of an upstream gradient, and not that of an error.

    >>> is_handed_down("dout"), is_handed_down("error"), is_handed_down("y")
    (True, False, False)
    """
    return is_upstream(name) and not name.lower().startswith(("err", "delta", "eta"))


def is_backward(name: str) -> bool:
    """Whether the name of a function is one of a backward pass, not only of a derivative."""
    return _BACKWARD.search(name) is not None


def is_rate(name: str) -> bool:
    """Whether a name is one of a learning rate."""
    return _RATE.fullmatch(name) is not None and name.lower() != "eta"


def is_of_gradients(name: str) -> bool:
    """Whether the name of a list, dict or attribute is one of gradients: `grads`."""
    return _GRADIENTS.fullmatch(name) is not None


def is_weight(name: str) -> bool:
    """Whether the name of an attribute or argument is one of a parameter that needs a gradient.

    >>> is_weight("gamma"), is_weight("cos"), is_weight("self.W1")
    (True, False, True)
    """
    return _WEIGHT.fullmatch(last_part(name)) is not None


def kind_by_hand(text: str) -> str:
    """Return "weight" for the name of a hand-made parameter, "" for any other name.

    And "beside" for b, u and v, which are parameters only beside a weight.

    >>> kind_by_hand("w1"), kind_by_hand("b_o"), kind_by_hand("W[0, 1]"), kind_by_hand("weird")
    ('weight', 'beside', 'weight', '')
    """
    name = re.sub(r"(_?\d+)*$", "", last_part(text).partition("[")[0])
    return "" if not is_weight(name) else "beside" if name[0] in "bBuUvV" else "weight"


def is_input(name: str) -> bool:
    """Whether the name of an argument is one of an input that needs a gradient: x, q, h."""
    return _INPUT.fullmatch(name) is not None


def gradients_of(name: str) -> set[str]:
    """Return the names that the gradient by a name may have, as `spelled`.

    >>> sorted(gradients_of("W_1"))[:3]
    ['deltaw1', 'dldw1', 'dlossdw1']
    """
    own = spelled(name)
    ways = ["d{}", "g{}", "grad{}", "{}grad", "gradient{}", "{}gradient", "nabla{}", "gradof{}"]
    ways += ["dld{}", "dl{}", "dloss{}", "dlossd{}", "dout{}", "delta{}", "{}bar", "d{}s"]
    return {way.format(own) for way in ways}


_LIKELIHOOD = re.compile("likelihood|log_?lik|reward|score|objective|surrogate|^ll$", re.IGNORECASE)


def is_likelihood(text: str) -> bool:
    """Whether a name is one of a value that may be maximised."""
    return _LIKELIHOOD.search(last_part(text)) is not None


def is_objective(text: str) -> bool:
    """Whether a name is one of a loss, or of a value that may be maximised."""
    return is_loss(text) or is_likelihood(text)


def is_open(text: str) -> bool:
    """Whether a name tells nothing of the direction: J is a cost for some, a reward for others."""
    return last_part(text) in ("J", "j")


@functools.cache
def plain(name: str) -> str:
    """Return a name for comparisons: `y_pred` and `ypred` are the same, `x[0]` and `x0` too.

    >>> plain("y_pred"), plain("x[0]")
    ('ypred', 'x0')
    """
    return re.sub(r"[_\[\]\s]", "", name)


@functools.cache
def parts(name: str) -> tuple[tuple[str, str], ...]:
    """Return each pair A, B that a name of the form `d_A_d_B` or `dA_dB` can be read as.

    >>> parts("d_L_d_w1"), parts("dL_dw1"), parts("data")
    ((('L', 'w1'),), (('L', 'w1'),), ())
    """
    found = []
    for match in re.finditer("_d(?=.)", name):
        a, b = plain(name[1 : match.start()]), plain(name[match.end() :])
        if name.startswith("d") and a and b:
            found.append((a, b))
    return tuple(found)
