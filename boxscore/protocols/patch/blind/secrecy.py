"""How much somebody must guess who does not know a hidden value, in bits; counted low.

The forger is taken to read all that lies in the box and all that models are told, to let the code of the base commit
answer, and to put values together from pieces of that text. So a value is written as such pieces, the longest first:
the first one counts nothing, each further one 3 bits. What is in none of them is guessed: a word at one bit a letter
and at most 8, an integer at its bits, a digit of another number at 3, both at most 10. Structure, punctuation, truth
values and None count nothing.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST = 10.0  # bits: 1 in 1,000, for one sample
PIECE_BITS, WORD_BITS, NUMBER_BITS, DIGIT_BITS = 3.0, 8.0, 10.0, 3.0
MAX_TOKENS = 1_000  # of a value; the rest counts nothing
MAX_SHOWN = 100_000  # characters of a value
_TOKEN = re.compile(r"\d+\.\d+(?:[eE][-+]?\d+)?|\d+|[^\W\d_]+|[^\s]")
_SEPARATOR = "\x1f"
_TRIVIAL = frozenset({"None", "True", "False"})


class Secret(Struct, frozen=True):
    """What is secret of a value: words and numbers that are nowhere to be seen, and how many pieces follow the first.

    `value` names it, so that one that stands at several places counts once.
    """

    value: str = ""
    unseen: tuple[str, ...] = ()
    pieces: int = 0


class Forger:
    """Somebody who has read some texts, and puts values together from what is in them."""

    def __init__(self, texts: Iterable[str]) -> None:
        tokens = [token for text in texts for token in (*_TOKEN.findall(text), "\x1e")]
        self._known = {*tokens, *_TRIVIAL}
        self._text = _SEPARATOR + _SEPARATOR.join(tokens) + _SEPARATOR

    def secret(self, value: Any) -> Secret:
        """What this forger must guess of a value."""
        shown = (value if isinstance(value, str) else repr(value))[:MAX_SHOWN]
        tokens = _TOKEN.findall(shown)[:MAX_TOKENS]
        unseen = dict.fromkeys(token for token in tokens if token not in self._known and token[0].isalnum())
        return Secret(shown[:200], tuple(unseen), max(0, self._pieces(tokens) - 1))

    def _pieces(self, tokens: list[str]) -> int:
        """Count the pieces of known text that make a value, but for those without a word or number."""
        count, at = 0, 0
        while at < len(tokens):
            if tokens[at] not in self._known:
                at += 1
                continue
            end = at + 1
            piece = f"{_SEPARATOR}{tokens[at]}{_SEPARATOR}"
            while end < len(tokens) and (longer := f"{piece}{tokens[end]}{_SEPARATOR}") in self._text:
                piece, end = longer, end + 1
            count += any(token[0].isalnum() and token not in _TRIVIAL for token in tokens[at:end])
            at = end
        return count


def bits(secrets: Iterable[Secret]) -> float:
    """How many bits there are to guess in values that must all be right."""
    different = {one.value: one for one in secrets}.values()
    unseen = {token for one in different for token in one.unseen}
    pieces = sum(one.pieces for one in different)
    return round(PIECE_BITS * pieces + sum(map(_bits, unseen)), 1)


def enough(found: float, samples: int) -> bool:
    """Whether nobody guesses as much with that many samples of a task, of which each is told whether it passed."""
    return found >= LEAST + math.log2(max(1, samples))


def _bits(token: str) -> float:
    if not token[0].isdecimal():
        return min(float(len(token)), WORD_BITS)
    if token.isdecimal():
        return min(math.log2(int(token[:20]) + 1), NUMBER_BITS)
    return min(DIGIT_BITS * len(re.split("[eE]", token)[0].replace(".", "").strip("0")), NUMBER_BITS)
