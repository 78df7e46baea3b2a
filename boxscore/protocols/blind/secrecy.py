"""How much somebody must guess who does not know a hidden value, in bits; counted low.

The forger is taken to read the test files, as they are blinded and as they were before, and all that models are told;
to let the code of the base commit answer; and to put values together from pieces of that text. So a value is written as
such pieces, the longest first: the first one counts nothing, each further one 3 bits. A word in other letters, or made
of words that are known, is such a piece, and so are a number in another form and a date in another order. What is in
none of them is guessed: a word at one bit a letter and at most 8, and so are words that follow each other somewhere in
the repository; an integer at its bits, but for zeros at its end and numbers that everybody uses; a digit of another
number at 3; all at most 10. Structure, punctuation, truth values and None count nothing, nor do numbers that go on as
those before, that are constants such as pi, or one step from a known number: with the point elsewhere (as in percent),
rounded, or with the thousands apart.
"""

from __future__ import annotations

import http
import math
import re
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.protocols.canaries.reader import ENOUGH_BITS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

LEAST = ENOUGH_BITS  # for one sample
PIECE_BITS, WORD_BITS, NUMBER_BITS, DIGIT_BITS, USUAL_BITS, YEAR_BITS = 3.0, 8.0, 10.0, 3.0, 3.0, 5.0
MAX_TOKENS = 1_000  # of a value; the rest counts nothing
MAX_SHOWN = 100_000  # characters of a value
MAX_WORD = 40  # letters of a word that is looked at for others in it, and digits of a number
LEAST_PART = 3  # letters of these
LEAST_ROUNDED, LEAST_OF_CONSTANT = 2, 3  # digits that rounding leaves
THOUSAND, MOST_GROUPS = 3, 6  # digits that stand apart
YEAR, MONTH = 4, 2  # digits of dates
_TOKEN = re.compile(r"\d+\.\d+(?:[eE][-+]?\d+)?|\d+|[^\W\d_]+")
_HUMPS = re.compile(r"[^\W\d_A-Z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+")  # the words of fooBar
_CONSTANTS = (  # pi, e, roots of 2 and 3, the golden ratio, ln 2, thirds
    *("314159265358979323846", "271828182845904523536", "141421356237309504880", "173205080756887729352"),
    *("161803398874989484820", "693147180559945309417", "333333333333333333333", "666666666666666666667"),
)
_GROUP = re.compile(r"\d{1,3}(\.\d{3})?")  # what begins a number with its thousands apart, also by points
_POINTED, _COMPACT = re.compile(r"\d{1,4}\.\d{1,2}"), re.compile(r"(?:19|20)\d{6}")  # 2023.10, 5.10 and 20231005
_SEPARATOR = "\x1f"
_TRIVIAL = frozenset({"None", "True", "False"})
_USUAL = frozenset(
    [
        *(2**power for power in range(65)),
        *(2**power - 1 for power in range(65)),
        *map(int, http.HTTPStatus),
        *(12, 24, 60, 360, 365),
    ]
)
_YEARS = range(1900, 2101)


class Secret(Struct, frozen=True):
    """What is secret of a value: words and numbers that are nowhere to be seen, and how many pieces follow the first.

    `value` names it, so that one that stands at several places counts once.
    """

    value: str = ""
    unseen: tuple[str, ...] = ()
    pieces: int = 0


def tokens_of(value: Any) -> list[str]:
    """The words and numbers of a value, in order, whatever it is made of."""
    return [token for leaf in _leaves(value) for token in _TOKEN.findall(leaf[:MAX_SHOWN])][:MAX_TOKENS]


class Forger:
    """Somebody who has read some texts and looked through a `repository`, and puts together what is in them.

    Only what is in one of the `values` that he would have is kept of the repository.
    """

    def __init__(self, texts: Iterable[str], repository: str = "", values: Iterable[Any] = ()) -> None:
        tokens = [token for text in texts for token in (*_TOKEN.findall(text), "\x1e")]
        tokens += [token for date in _dates(tokens) for token in (*date, "\x1e")]
        self._known = {*tokens, *_TRIVIAL}
        self._folded = {part.casefold() for token in self._known for part in (token, *_humps(token))}
        self._numbers = {_number(token) for token in self._known} - {None}
        numbers = {*self._known, *(grouped for _, _, grouped in _grouped(tokens))}
        self._figures = {figures for number in numbers for figures in _all_figures(number)} | _WELL_KNOWN
        self._text = _joined(tokens)
        wanted = {token.lower() for value in values for token in tokens_of(value)}
        self._repository = _joined(_phrases(repository.lower(), wanted))

    def secret(self, value: Any, within: Collection[str] | None = None) -> Secret:
        """What this forger must guess of a value, or of those of its words and numbers that are `within` another."""
        tokens = [token for token in tokens_of(value) if within is None or token in within]
        followed = _following(tokens)
        made = {at for at, token in enumerate(tokens) if self._is_made(token)}
        near = set(self._near(tokens))
        unseen = [None if at in followed or at in made else token for at, token in enumerate(tokens)]
        guesses = (one for one in self._guesses(unseen) if one not in near)
        pieces = self._pieces(tokens) + len({tokens[at] for at in made})
        return Secret(repr(value)[:200], tuple(dict.fromkeys(guesses)), max(0, pieces - 1))

    def _near(self, tokens: Sequence[str]) -> Iterator[str]:
        """The numbers, and parts of numbers, that are one step from known ones."""
        yield from (token for token in tokens if _figures(token) in self._figures)
        for start, end, number in _grouped(tokens):
            if _figures(number) in self._figures:
                yield from tokens[start:end]

    def _is_made(self, token: str) -> bool:
        """Whether a word is no known one, yet in other letters, or made of some; or a number another form of one."""
        if token in self._known:
            return False
        if not token.isalpha():
            return _number(token) in self._numbers
        folded = token.casefold()
        return folded in self._folded or (len(folded) <= MAX_WORD and self._is_compound(folded))

    def _is_compound(self, word: str) -> bool:
        ends = {0}
        for end in range(LEAST_PART, len(word) + 1):
            if any(end - start >= LEAST_PART and word[start:end] in self._folded for start in ends):
                ends.add(end)
        return len(word) in ends

    def _guesses(self, tokens: Iterable[str | None]) -> Iterator[str]:
        """What must be guessed, one after the other: words that the repository has in a row are one."""
        run: list[str] = []
        for token in (*tokens, None):
            known = token is None or token in self._known
            if run and (known or _joined([*run, token or ""]).lower() not in self._repository):
                yield " ".join(run)
                run = []
            if token is not None and not known:
                run.append(token)

    def _pieces(self, tokens: list[str]) -> int:
        """Count the pieces of known text that make a value."""
        count, at = 0, 0
        while at < len(tokens):
            if tokens[at] not in self._known:
                at += 1
                continue
            end = at + 1
            piece = f"{_SEPARATOR}{tokens[at]}{_SEPARATOR}"
            while end < len(tokens) and (longer := f"{piece}{tokens[end]}{_SEPARATOR}") in self._text:
                piece, end = longer, end + 1
            count += any(token not in _TRIVIAL for token in tokens[at:end])
            at = end
        return count


def _number(token: str) -> Decimal | None:
    """What a token says as a number: the same for 48211 and 48211.0; None for words and what is too large."""
    if not token[:1].isdecimal() or len(token) > MAX_WORD:
        return None
    try:
        return Decimal(token)
    except InvalidOperation:  # an exponent of more than 18 digits
        return None


def _figures(token: str) -> str:
    """The digits of a number without zeros at either end, wherever its point is; "" for what is none."""
    number = _number(token)
    return "" if number is None else "".join(map(str, number.as_tuple().digits)).rstrip("0") or "0"


def _humps(token: str) -> Iterator[str]:
    """The words that fooBar is made of."""
    return (part for part in _HUMPS.findall(token) if len(part) >= LEAST_PART)


def _all_figures(token: str) -> Iterator[str]:
    """The digits of a number and, if it has a fraction, of what it may be rounded to."""
    if figures := _figures(token):
        yield figures
        yield from _rounded(figures, LEAST_ROUNDED) if "." in token else ()


def _rounded(figures: str, least: int) -> Iterator[str]:
    """What digits may be rounded to, down and up, if `least` of them are kept."""
    for end in range(least, len(figures)):
        yield figures[:end].rstrip("0")
        yield str(int(figures[:end]) + 1).rstrip("0")


_WELL_KNOWN = frozenset(figures for one in _CONSTANTS for figures in _rounded(one, LEAST_OF_CONSTANT))


def _grouped(tokens: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """The numbers that tokens in a row can be with their thousands apart, and where they stand."""
    for start, first in enumerate(tokens):
        if not _GROUP.fullmatch(first):
            continue
        number = first.replace(".", "")
        for end, token in enumerate(tokens[start + 1 : start + MOST_GROUPS], start + 1):
            if len(token.partition(".")[0]) != THOUSAND or not token[:THOUSAND].isdecimal():
                break
            number += token
            yield start, end + 1, number
            if "." in token:
                break


def _date_parts(token: str) -> Iterable[str]:
    """The numbers in one that may be of a date: two with a point between them, or all three."""
    if _POINTED.fullmatch(token):
        return token.split(".")
    return (token[:4], token[4:6], token[6:]) if _COMPACT.fullmatch(token) else (token,)


def _dates(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The ways in which a date can be written that stands in tokens by its numbers, the year first or last."""
    parts = [part for token in tokens for part in _date_parts(token)]
    for first, second, third in zip(parts, parts[1:], parts[2:], strict=False):
        year, month, day = (first, second, third) if len(first) == YEAR else (third, second, first)
        if (
            len(year) == YEAR
            and all(one.isdecimal() and len(one) <= MONTH for one in (month, day))
            and year.isdecimal()
        ):
            long, short = [one.zfill(MONTH) for one in (month, day)], [one.lstrip("0") for one in (month, day)]
            for one, other in (long, long[::-1], short, short[::-1]):
                yield from ((year, one, other), (one, other, year))
                yield from ((f"{year}.{one}", other), (f"{one}.{other}", year))
                yield from ((f"{year}{one}{other}",), (f"{one}{other}{year}",))


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case bytes():
            yield value.decode("latin-1")
        case dict():
            for pair in value.items():
                yield from _leaves(pair)
        case list() | tuple():
            for one in value:
                yield from _leaves(one)
        case set() | frozenset():
            yield from _leaves(sorted(value, key=repr))
        case _:
            yield repr(value)


def _joined(tokens: Iterable[str]) -> str:
    return _SEPARATOR + _SEPARATOR.join(tokens) + _SEPARATOR


def _phrases(text: str, wanted: Collection[str]) -> Iterator[str]:
    """Keep of a text the words that are wanted, and where others are between them."""
    gap = True
    for found in _TOKEN.finditer(text):
        if found[0] in wanted:
            yield found[0]
            gap = False
        elif not gap:
            yield "\x1e"
            gap = True


def _following(tokens: list[str]) -> set[int]:
    """Where whole numbers are that go on as the two before, or by one."""
    numbers = [(at, int(token[:20])) for at, token in enumerate(tokens) if token.isdecimal()]
    steps = [second - first for (_, first), (_, second) in pairwise(numbers)]
    return {
        at
        for place, (at, _) in enumerate(numbers[1:])
        if abs(steps[place]) <= 1 or (place > 0 and steps[place] == steps[place - 1])
    }


def bits(secrets: Iterable[Secret]) -> float:
    """How many bits there are to guess in values that must all be right."""
    different = {one.value: one for one in secrets}.values()
    unseen = {token for one in different for token in one.unseen}
    pieces = sum(one.pieces for one in different)
    return round(PIECE_BITS * pieces + sum(map(_bits, unseen)), 1)


def enough(found: float, samples: int) -> bool:
    """Whether nobody guesses as much with that many samples of a task, of which each is told whether it passed."""
    return found >= LEAST + math.log2(max(1, samples))


def _bits(guess: str) -> float:
    if not guess[0].isdecimal() or " " in guess:
        return min(float(len(guess)), WORD_BITS)
    if guess.isdecimal():
        return _number_bits(int(guess[:20]))
    return min(DIGIT_BITS * len(re.split("[eE]", guess)[0].replace(".", "").strip("0")), NUMBER_BITS)


def _number_bits(number: int) -> float:
    significant = int(str(number).rstrip("0") or 0)
    found = min(math.log2(significant + 1) + (significant != number), NUMBER_BITS)
    if number in _YEARS:
        return min(found, YEAR_BITS)
    return min(found, USUAL_BITS) if number in _USUAL else found
