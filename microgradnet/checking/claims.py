"""What a name says: that it is a derivative, `dW1`, `grads["W1"]`, `l2_delta`, and by what."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from microgradnet.checking.names import parts

__all__ = ["Claim", "bare", "claim", "is_local", "is_loss", "is_target", "plainest"]

LOSS = re.compile(
    r"^(l|j|e|c)(_?tot(al)?)?$|^total_?(l|j|e|c)$|loss|cost|objective|nll|cross_?entropy|(sum|total|mean|squared?)_?err(or)?$|(^|_)(mse|sse|rss|bce|ce)$",
    re.I,
)
# d_L_d_W1, dL_dW1, dLdW1, dLoss_dW1, dJdW, dcost_W1
OF_LOSS = re.compile(r"[d∂]_?(?:L|l|J|E|C|[Ll]oss|[Cc]ost|[Ee]rror)(?:_?[d∂]_?|_)(.+)")
LOCAL = re.compile(r"[d∂]_?(\w+?)_[d∂]_?(\w+)")
BEFORE = re.compile(r"(?:grads?|gradient|nabla|g|delta)_(.+)")
AFTER = re.compile(r"(.+?)_?(?:grads?|gradients?|delta)(?:_?\d+)?")
SAYS_SO = re.compile(r"grad|delta|nabla|^d_|^∂", re.I)
MEASURED = re.compile(r"(norm|sq|squares?|squared)s?\d*$", re.I)  # of a gradient: none itself
OF_LOSSES = re.compile(r"delta_(loss|cost|err(or)?)s?", re.I)  # how much it fell since, mostly
SHORT = re.compile(r"[d∂]([A-Z]|(out|h\w*|[a-z]\d*)$)")
A_NAME = re.compile(r"[\w∂.\[\]'\"-]+")
TARGET = re.compile(
    r"ys?|y_?(true|train|batch|data|val|test)|(train|test)_?y|t|targets?|labels?|truth"
    r"|(expected|desired|target)(_?(results?|outputs?|values?))?",
    re.I,
)
DERIVES = re.compile(r"grad|deriv|back_?prop|backward", re.I)


@dataclass(frozen=True)
class Claim:
    """A name that says that it is a derivative; by: of what, as far as the name says.

    of_loss: whether it says that it is that of the loss, `dL_dW`: exactly, then.
    """

    name: str
    by: str = ""
    of_loss: bool = False


def bare(name: str) -> str:
    """Return the innermost name: `dW1` of `grads['dW1']` and of `self.dW1`.

    >>> bare("grads['dW1']"), bare("self.dW1"), bare("nabla_w[0]")
    ('dW1', 'dW1', 'nabla_w[0]')
    """
    name = name.rstrip("'")  # made another time
    key = re.search(r"\[['\"]([^'\"]+)['\"]\]$", name)
    return key.group(1) if key else name.rpartition(".")[2]


def plainest(name: str) -> str:
    """Return a name as it is compared: without case, underscores and brackets.

    >>> plainest("cache['A_1']")
    'a1'
    """
    return re.sub(r"[_\s\[\]'\"]", "", bare(name)).lower()


def is_target(name: str) -> bool:
    """Whether a name is that of what is to be predicted.

    >>> is_target("y_train"), is_target("W")
    (True, False)
    """
    return bool(TARGET.fullmatch(name))


def is_loss(name: str) -> bool:
    """Whether a name is one of the loss.

    >>> is_loss("data_loss"), is_loss("J"), is_loss("close"), is_loss("dL"), is_loss("der_cost")
    (True, True, False, False, False)
    """
    derived = re.match(r"[d∂]_?(loss|cost|[A-Z])|close|de(r|lta)_|.*(grad|deriv|prime)", bare(name))
    return bool(LOSS.search(bare(name))) and not derived


def claim(name: str, known: Collection[str], returned_by: str = "") -> Claim | None:
    """Return what a name says, None where it does not say that it is a derivative.

    known: what there is in the forward pass, `plainest`; returned_by: the function that returns
    it by that name: `W1` that `gradients` returns is the one by W1.

    >>> claim("dscores", {"scores"}), claim("data", {"w1"}), claim("dL_dw", {"w"}).of_loss
    (Claim(name='dscores', by='scores', of_loss=False), None, True)
    """
    if name.startswith("return ") and not A_NAME.fullmatch(name[7:]):
        return None  # a computation that has no name: `return (x > 0).astype(float)`
    own, around = bare(name), name[: name.rfind("[")] if "[" in name else ""
    in_gradients = bool(SAYS_SO.search(around) or DERIVES.search(returned_by))
    found = OF_LOSS.fullmatch(own)
    if found and _known(found.group(1), known):
        return Claim(name, plainest(found.group(1)), True)
    if re.fullmatch(r"[dg∂]_?.+", own) and _known(part := own[1:], known):
        return Claim(name, plainest(part))
    measured = MEASURED.search(own) or OF_LOSSES.fullmatch(own)
    if LOCAL.fullmatch(own) or is_loss(name) or measured:
        return None
    for pattern in (BEFORE, AFTER):
        found = pattern.fullmatch(own)
        if found and _known(found.group(1), known):
            return Claim(name, plainest(found.group(1)))
    if in_gradients and _known(own, known):
        return Claim(name, plainest(own))
    says = SAYS_SO.search(around) or SAYS_SO.search(own) or SHORT.match(own)
    return Claim(name) if says else None


def is_local(name: str, known: Collection[str]) -> bool:
    """Whether a name is that of a derivative of something else than the loss, by something known.

    >>> is_local("d_h1_d_w1", {"h1", "w1"}), is_local("dL_dw1", {"h1", "w1"})
    (True, False)
    """
    return any(
        not is_loss(a) and plainest(a) in known and plainest(b) in known
        for a, b in parts(bare(name))
    )


def _known(part: str, known: Collection[str]) -> bool:
    return plainest(part) in known
