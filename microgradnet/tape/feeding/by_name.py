"""Tell the role of a function or a variable of a file by its name."""

from __future__ import annotations

import re

BACKWARD = re.compile(
    r"back(ward|_?prop|pass)?|bprop|bwd|bp(tt)?$|grad|deriv|delta|_prime$|^d_|jacob|retro"
    r"|r(ü|ue)ckw(ä|ae)rts|arri[eè]re|atr[aá]s|indietro|gyaku_?den|fan_?xiang|反向|逆向|逆伝播|导数|梯度",
    re.I,
)
TRAINING = re.compile(
    r"train|fit|learn|sgd|descent|optimi[sz]e|build_?model|^loss$|loss_?fun|epoch"
    r"|entren|trein|regression$|xun_?lian|xue_?xi$|训练|学习$|拟合",
    re.I,
)
FORWARD = re.compile(
    r"forward|feed|predict|propagate|fprop|fwd|^fp$|call|comput|activat|output|hypothesis|^run$"
    r"|vorw(ä|ae)rts|avant|adelante|frente|avanti|jun_?den|(qian|zheng)_?xiang|yu_?ce"
    r"|前向|正向|前馈|順伝播|预测",
    re.I,
)
# The part of a name that makes a pass of what the rest names: conv_forward_fast, bwd, reluBackward.
PASS = re.compile(
    r"(?:^|_)(?:back(?:ward|prop|pass)?|bwd|bprop|forward|fwd|fprop)(?![a-z])|_(?:grad|vjp)(?![a-z])"
    r"|(?<=[a-z])(?:Back(?:ward|prop)?|Forward)(?![a-z])"
)
SLOPE = re.compile(
    r"^(deriv\w*?_(of_)?|grad\w*?_(of_)?|d_?)(?=[A-Za-z])|_(d|deriv\w*|prime|slope|grad\w*)$"
)
NO_GOAL = re.compile(r"check|numeric|test|plot|predict|accuracy|print|load|save|zero_?grad", re.I)
OUTPUT = re.compile("a_?l|y_?_?(hat|pred)|out(put)?s?|pred(iction)?s?|prob(abilitie)?s?", re.I)
GRADIENT = re.compile(
    r"_*(d[A-Z_]\w*|d(w|b|x|z|a|h|y|u|v|c|f|i|o|g|q|k|out|prev|next|loss|scores|logits|in)\w?\d*"
    r"|d(weights?|bias(es)?|inputs?|outputs?|values)|\w*(grad|delta|nabla|derivative|tidu|梯度|导数)\w*"
    r"|\w*err(or)?s?\w*|up(stream)?|g|gy|ct)"
)


def is_backward(name: str) -> bool:
    """Whether a function's name says that it computes derivatives."""
    return bool(BACKWARD.search(name)) and not NO_GOAL.search(name)


def apart(name: str) -> tuple[str, str]:
    """Return what the name of a pass is of, and how it ends: the same for both passes of a pair.

    >>> apart("conv_backward_fast"), apart("conv_forward_fast"), apart("conv"), apart("bwd")
    (('conv', 'fast'), ('conv', 'fast'), ('conv', ''), ('', ''))
    """
    stem, *rest = (part.strip("_") for part in PASS.split(name, maxsplit=1))
    end = "".join(rest)
    return (stem, end) if stem else (end, "")


# The functions whose derivative a method may be: `loss` of `gradient`, `__call__` of `prime`.
LOSSES = ("loss", "cost", "value", "compute")
FUNCTION = ("__call__", "forward", "function", "f", "activate", *LOSSES)
OF_FUNCTION = re.compile(r"(\w+_)?(deriv|grad|slope|prime)\w*", re.I)


def functions_of(name: str) -> list[str]:
    """Return the names that the function may have whose derivative a method is called."""
    return [function_of(name), *(FUNCTION if OF_FUNCTION.fullmatch(name) else ())]


def function_of(name: str) -> str:
    """Return the function that another's name says it is the derivative of; "" for none.

    >>> function_of("d_tanh"), function_of("derivative_of_tanh"), function_of("tanh")
    ('tanh', 'tanh', '')
    """
    stem = SLOPE.sub("", name)
    return stem if stem != name else ""


def is_training(name: str) -> bool:
    """Whether a function's name says that it trains."""
    return bool(TRAINING.search(name)) and not NO_GOAL.search(name)


def is_forward(name: str) -> bool:
    """Whether a function's name says that it is a forward pass."""
    return bool(FORWARD.search(name)) and not BACKWARD.search(name)


def moves(name: str) -> bool:
    """Whether a function's name says that it takes a step, by gradients that others compute."""
    return re.search("update|step|zero_?grad|apply", name, re.I) is not None


def comes_after(name: str) -> bool:
    """Whether a function's name says that it is called after a forward pass."""
    later = moves(name) and not is_forward(name)
    return later or is_backward(name) or is_training(name)


def is_gradient(name: str) -> bool:
    """Whether a variable's name says that it holds a gradient."""
    return bool(GRADIENT.fullmatch(name))
