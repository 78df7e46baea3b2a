"""What the text of a box says for or against one value being the one that a test expects.

Each clue is a number that stands for one thing a reader may go by: whether the value's words stand near it, whether the
repository has them, how it is shaped. Negated tests are made of values that agree with the true one in all of them
(`pools`), and the reader (`reader`) measures what is left. So a new idea of how to read negated tests is a new clue.
"""

from __future__ import annotations

import ast
import math
import re
import sysconfig
from collections import Counter
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_WORD = re.compile(r"[^\W\d_]+|\d+")
_OTHERWISE = re.compile(  # numbers that are not written as digits alone
    r"(?=\d)(?<![\w.])(?:(?P<based>0x(?:_?[\da-f]){1,16}|0o(?:_?[0-7]){1,22}|0b(?:_?[01]){1,64})"
    r"|(?P<parted>\d{1,3}(?:[_']\d{3}){1,6})|(?P<power>\d{1,9}(?:\.\d{1,9})?e[+-]?\d))(?!\w)",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_COMPARED = re.compile(r"\b(\w+)(?:\([^()\n]*\))?\s*(?:==|\bis\b|,)\s*([\w.'\"/ -]{1,40}?)\s*(?:\)|$)", re.MULTILINE)
MOST_DIGITS = 9
MOST_ARITHMETIC = 24  # numbers of one function that are combined with each other
GRAM = 3
VOWELS = frozenset("aeiouy")
KNOWN = 99  # how good the letters of a known word are
SMALLEST_SIZED = 20  # numbers below this are everywhere, and of one size


class Name(str):
    """The name of a class in a test, as a value to choose; not a text."""

    __slots__ = ()


Value = object


def words(text: str) -> list[str]:
    """The words and numbers of a text; `fooBar_baz2` is made of four."""
    return _WORD.findall(_CAMEL.sub(" ", text))


def folded(text: str) -> list[str]:
    """Return them in lower case."""
    return [word.lower() for word in words(text)]


def read(text: str) -> list[str]:
    """Return what a reader of a text finds in it: its words, and numbers that are written otherwise than in digits."""
    return [*folded(text), *(word for found in _OTHERWISE.finditer(text) for word in words(_in_digits(found)))]


def _in_digits(found: re.Match[str]) -> str:
    if found["based"]:
        return str(int(found["based"], 0))
    if found["parted"]:
        return re.sub(r"\D", "", found["parted"])
    number = float(found["power"])
    return str(int(number) if number.is_integer() else number)


@cache
def language() -> frozenset[str]:
    """Words of the language's own library: what a reader can tell from letters drawn blindly."""
    found: set[str] = set()
    for path in sorted(Path(sysconfig.get_path("stdlib")).glob("[a-z]*.py")):
        found.update(folded(path.read_text(encoding="utf-8", errors="replace")))
    return frozenset(word for word in found if len(word) > 1)


@cache
def _pairs_of_language() -> Counter[str]:
    return Counter(pair for word in language() for pair in _pairs_of(word))


def _pairs_of(word: str) -> list[str]:
    marked = f"^{word}$"
    return [marked[at : at + 2] for at in range(len(marked) - 1)]


def is_like_a_word(word: str) -> bool:
    """Whether a list of words may have this one: it can be said, and its letters follow each other as in others."""
    plain, usual = word.lower(), _pairs_of_language()
    return plain.isalpha() and not VOWELS.isdisjoint(plain) and all(usual[pair] for pair in _pairs_of(plain))


class Contents:
    """What lies in a box beside the rewritten files: the repository with its tests as they were, and perhaps the issue.

    `base` are the texts of test files before the test patch, by path; `text` is that of the repository, and of what the
    test patch has `written` beside the rewritten files.
    """

    def __init__(
        self, text: str = "", base: Mapping[str, str] | None = None, issue: str = "", written: Sequence[str] = ()
    ) -> None:
        self.base, self.written = dict(base or {}), tuple(written)
        self.text = "\n".join((text, *self.base.values(), *self.written)).lower()
        self.issue = frozenset(read(issue))
        self._told: dict[str, bool] = {}

    def told(self, text: str) -> bool:
        """Whether a text stands somewhere, in whatever case."""
        if text not in self._told:
            own = folded(text)
            known = all(self.counts[word] for word in own)
            self._told[text] = known and (own == [text] or text in self.text)
        return self._told[text]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word and number occurs."""
        return Counter(read(self.text))

    @cached_property
    def expected(self) -> Counter[tuple[str, str]]:
        """How often which name is compared with which literal."""
        return Counter((found[1], found[2]) for found in _COMPARED.finditer(self.text))

    @cached_property
    def pairs(self) -> Counter[str]:
        """How often letters follow each other in its words."""
        letters = Counter[str]()
        for word, times in self.counts.items():
            marked = f"^{word}$"
            for at in range(len(marked) - 1):
                letters[marked[at : at + 2]] += min(times, 20)
        return letters

    @cached_property
    def asserts(self) -> Counter[tuple[str, bool]]:
        """How often conditions of each kind are asserted, and how often their opposites."""
        return Counter(
            kind_of(node.test)
            for text in self.base.values()
            for node in ast.walk(parsed(text))
            if isinstance(node, ast.Assert)
        )


def kind_of(test: ast.expr) -> tuple[str, bool]:
    """Say what kind of condition this is, and whether it is put the right way round."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            kind, truth = kind_of(operand)
            return kind, not truth
        case ast.Compare(ops=[operator], comparators=[right]):
            none = "None" if isinstance(right, ast.Constant) and right.value is None else ""
            pairs: dict[type[ast.cmpop], type[ast.cmpop]] = {
                ast.NotEq: ast.Eq,
                ast.IsNot: ast.Is,
                ast.NotIn: ast.In,
                ast.GtE: ast.Lt,
                ast.LtE: ast.Gt,
            }
            kind_class = pairs.get(type(operator), type(operator))
            return kind_class.__name__ + none, kind_class is type(operator)
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass" | "callable" | "all" | "any" as name)):
            return name, True
    return "truth", True


def parsed(text: str) -> ast.Module:
    """Parse what is Python, else nothing."""
    try:
        return syntax.parse(text)
    except syntax.NOT_PYTHON:
        return ast.Module([], [])


class Context:
    """The surroundings of one value: the rest of its function, the rest of its file, and the box.

    `before` are the values that the same function had before the test patch, `length` is that of a word cut out of a
    text, which all can see, and `asked` the last name of what is compared with it.
    """

    def __init__(  # noqa: PLR0913 - each is said of the surroundings
        self,
        box: Contents,
        *,
        near: str = "",
        around: Collection[str] = (),
        before: Collection[Value] = (),
        length: int | None = None,
        asked: str = "",
    ) -> None:
        self.box, self.near, self.length, self.asked = box, near, length, asked.lower()
        self.around = frozenset(around)
        self.exact = frozenset(words(near))
        self.folded = frozenset(read(near))
        self.before = frozenset((type(one).__name__, repr(one)) for one in before)
        self.grams = _grams(near)

    @cached_property
    def computed(self) -> frozenset[int]:
        """Numbers that one step of arithmetic makes of those near it, and the lengths of what stands there."""
        numbers = list(
            dict.fromkeys(int(word) for word in read(self.near) if word.isdecimal() and len(word) <= MOST_DIGITS)
        )
        numbers = numbers[:MOST_ARITHMETIC]
        found = {number**2 for number in numbers} | {-number for number in numbers} | {n + 1 for n in numbers}
        found |= {number - 1 for number in numbers}
        for one in numbers:
            for other in numbers:
                found |= {one + other, one - other, one * other}
                found |= {one // other, one % other} if other else set()
        return frozenset(found | _lengths(self.near))


def _lengths(near: str) -> set[int]:
    """The lengths of texts and lists that stand in a function."""
    found = set()
    for node in ast.walk(parsed(_dedented(near))):
        match node:
            case ast.Constant(value=str() | bytes() as value):
                found.add(len(value))
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                found.add(len(parts))
    return found


def _dedented(text: str) -> str:
    return f"if 1:\n{text}" if text[:1] in {" ", "\t"} else text


def _grams(text: str) -> frozenset[str]:
    text = text.lower()
    return frozenset(text[at : at + GRAM] for at in range(len(text) - GRAM + 1))


def magnitude(count: float) -> int:
    """Return about how many there are: none, one to three, four to fifteen, and so on."""
    return math.ceil(math.log(count + 1, 4)) if count else 0


def clues(value: Value, context: Context) -> dict[str, float]:
    """Return all that can be told of a value by itself; the same for all values among which a reader finds none."""
    return quick_clues(value, context) | slow_clues(value, context)


def slow_clues(value: Value, context: Context) -> dict[str, float]:
    """Return what takes a search of the whole repository."""
    if not isinstance(value, str | bytes) or isinstance(value, Name):
        return {}
    text = text_of(value).lower()
    return {"told": float(len(text) >= GRAM and context.box.told(text))}


def text_of(value: Value) -> str:
    """Return a value as text."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def quick_clues(value: Value, context: Context) -> dict[str, float]:
    """Return all other clues."""
    text = text_of(value)
    found = {"type": float(hash(type(value).__name__) % 997), "before": float(_was(value, context))}
    if isinstance(value, str | bytes) and not isinstance(value, Name):
        return found | _of_words(text, context) | _of_letters(text, context)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return found | _of_digits(value, context)
    return found


def _was(value: Value, context: Context) -> bool:
    return (type(value).__name__, repr(value)) in context.before


def _of_words(text: str, context: Context) -> dict[str, float]:
    mine = words(text)
    lower = [word.lower() for word in mine]
    counts = context.box.counts
    return {
        "near": sum(word in context.folded for word in lower),
        "near, letter by letter": sum(word in context.exact for word in mine),
        "around": sum(word in context.around for word in lower),
        "issue": sum(word in context.box.issue for word in lower),
        "repository": sum(magnitude(counts[word]) for word in lower),
        "language": sum(word in language() for word in lower),
        "fits": float(context.length in {None, len(text)}),
        "words": float(len(mine)),
        "twice": float(len(lower) - len(set(lower))),
        "digits": float(sum(word.isdecimal() for word in mine)),
        "zeros": float(sum(len(word) - len(word.rstrip("0")) for word in mine if word.isdecimal())),
        "capitals": float(sum(word[:1].isupper() for word in mine)),
    }


def _of_letters(text: str, context: Context) -> dict[str, float]:
    pairs, unknown = context.box.pairs, [w for w in folded(text) if w not in context.box.counts and w.isalpha()]
    marked = [f"^{word}$" for word in unknown if word not in language()]
    steps = [pairs[word[at : at + 2]] for word in marked for at in range(len(word) - 1)]
    own = _grams(text)
    return {
        "unsayable": float(sum(not step for step in steps)),
        "letters": round(2 * sum(math.log(step + 1) for step in steps) / len(steps)) if steps else KNOWN,
        "copied": round(6 * len(own & context.grams) / len(own)) if own else 0,
        "written": float(len(text) >= GRAM and text.lower() in context.near.lower()),
    }


def _of_digits(value: float, context: Context) -> dict[str, float]:
    digits = str(abs(value))
    whole = isinstance(value, int)
    number = int(value) if whole else 0
    return {
        "near": float(digits in context.folded),
        "sign": float(value < 0),
        "zeros": float(len(digits) - len(digits.rstrip("0"))) if whole and value else 0,
        "fraction": 0.0 if whole else float(len(digits.partition(".")[2])),
        "whole": float(whole),
        "power of two": float(whole and number > 8 and not number & (number - 1)),  # noqa: PLR2004 - below any is usual
        "computed": float(whole and number in context.computed),
        "size": 0.0 if abs(value) < SMALLEST_SIZED else float(len(digits.partition(".")[0])),
        "issue": float(digits in context.box.issue),
        "around": float(abs(value) >= SMALLEST_SIZED and digits in context.around),
        "repository": 0.0 if abs(value) < SMALLEST_SIZED else float(magnitude(context.box.counts[digits])),
    }
