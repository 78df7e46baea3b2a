"""Guess which of the forms of a test are its originals, from all that lies in a box.

This is the adversary that canaries are measured by: it knows how negated tests are made and has every rule that anybody
has thought of. A level of trust is given by the bits that it has to guess, so a new rule belongs here as soon as it is
known. What the old code answers is taken as known elsewhere (`run`).
"""

from __future__ import annotations

import ast
import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import syntax
from boxscore.protocols.canaries.clues import MOST_DIGITS, Context, Name, clues, folded, is_like_a_word, parsed, text_of
from boxscore.protocols.canaries.pools import drawn
from boxscore.protocols.canaries.text import functions

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from boxscore.protocols.canaries.clues import Contents, Value
    from boxscore.protocols.canaries.pools import ValuePool
    from boxscore.protocols.canaries.text import Function

DRAWS = 60
SMALL_COUNT = 40.0  # of the number 0, before those of the repository are added
EVIDENCE = 5  # what it is worth that another test compares the same with a value
USUALLY_TRUE = 4  # how much oftener a condition is asserted as it is than its opposite, in suites at large
_DOUBT = 0.2  # how far a value is still believed that a rule speaks against
_SURE = {"most before", "nothing", "spelling"}  # rules that are believed almost without doubt
_FORM = re.compile(r"(test.*?_?)[a-z][a-z0-9]{9}")
_RUNTIME = re.compile(
    r"^def _[a-z][a-z0-9]{9}\(value, state, mode\):\s+key = state\[0\] % (\d+)\s.*?key == (\d+)",
    re.MULTILINE | re.DOTALL,
)
_KEY = re.compile(r"_[a-z][a-z0-9]{9} = \[(\d+)\]")
_BELIEVED = {
    "usual",
    "nowhere else",
    "expected elsewhere",
    "spelling",
    "nothing",
    "least fraction",
    "least unsayable",
    *(
        f"most {clue}"
        for clue in (
            "before",
            "central",
            "computed",
            "copied",
            "even",
            "issue",
            "language",
            "letters",
            "near",
            "near, letter by letter",
            "power of two",
            "repository",
            "rising",
            "told",
            "written",
            "zeros",
        )
    ),
}
ENOUGH_BITS = 10.0  # that a reader has to guess before a pass is trusted: one in a thousand


def bits_of(pool: ValuePool, count: int, context: Context, *, kind: str = "", rng: random.Random) -> float:
    """Return the bits that the best rule has to guess of a window of `count` values, averaged over draws of it.

    That the least of a row is the true one, or the next, or the greatest, is no rule: `drawn` gives it any place.
    """
    if pool.misspelt and is_like_a_word(pool.key):
        return 0.0  # whoever has a list of words finds it, or so we must think
    sums, draws = defaultdict[str, float](float), 1 if len(pool.others) < count and not pool.ordered else DRAWS
    weigh = weigher(context, kind=kind)
    for _ in range(draws):
        values = drawn(pool, count, rng)
        true = values[0]
        values.sort(key=repr)
        for rule, weights in weigh(values).items():
            sums[rule] += weights[values.index(true)] / sum(weights)
    return round(-math.log2(max(sums.values()) / draws), 3)


def weigher(context: Context, *, kind: str = "") -> Callable[[Sequence[Value]], dict[str, list[float]]]:
    """Return what weighs values by each rule, remembering what it has seen of each."""
    seen: dict[tuple[str, str], dict[str, float]] = {}

    def clues_of(value: Value) -> dict[str, float]:
        key = (type(value).__name__, repr(value))
        if key not in seen:
            seen[key] = clues(value, context)
        return seen[key]

    def weigh(values: Sequence[Value]) -> dict[str, list[float]]:
        found = [clues_of(value) for value in values]
        names = dict.fromkeys(name for one in found for name in one)
        scores = {name: [one.get(name, 0.0) for one in found] for name in names}
        scores |= _against_each_other(values)
        told = {name: row for name, row in scores.items() if len(set(row)) > 1}
        rules = {f"most {name}": _best(row) for name, row in told.items()}
        rules |= {f"least {name}": _best([-one for one in row]) for name, row in told.items() if name != "central"}
        told_before = {"expected elsewhere": _elsewhere(values, context)} if context.asked else {}
        usual = {"usual": _usual(values, context, kind), **told_before}
        # Squared: a forger bets on what is usual more than its share of the cases would be worth.
        return {"any": [1.0] * len(values), **{name: [one**2 for one in row] for name, row in usual.items()}, **rules}

    return weigh


def _best(row: Sequence[float]) -> list[float]:
    return [float(one == max(row)) for one in row]


def _usual(values: Sequence[Value], context: Context, kind: str) -> list[float]:
    """Weigh values by how often the repository has them."""
    box = context.box
    if kind:
        return [float(box.asserts[kind, bool(value)] + (USUALLY_TRUE if value else 1)) for value in values]
    if any(isinstance(value, Name) for value in values):
        return [float(box.text.count(str(value).lower()) + 1) for value in values]
    own = [set(folded(text_of(value))) for value in values]
    common = set.intersection(*own)
    return [1.0 + sum(box.counts[word] + _anywhere(word) for word in one - common) for one in own]


def _anywhere(word: str) -> float:
    """How usual a number is in tests at large: the less, the more."""
    return SMALL_COUNT / (1 + int(word)) if word.isdecimal() and len(word) <= MOST_DIGITS else 0.0


def _elsewhere(values: Sequence[Value], context: Context) -> list[float]:
    """Weigh values by how often the same name is compared with them."""
    found = context.box.expected
    spelled = [(repr(value).lower(), repr(value).lower().replace("'", '"')) for value in values]
    return [1.0 + EVIDENCE * sum(found[context.asked, one] for one in set(several)) for several in spelled]


def _against_each_other(values: Sequence[Value]) -> dict[str, list[float]]:
    """What can be told of values only beside the others: how much they are like all of them."""
    if not all(isinstance(value, str | bytes) for value in values):
        return {}
    texts = [text_of(value) for value in values]
    return {"central": [-float(sum(_distance(text, other) for other in texts)) for text in texts]}


def _distance(one: str, other: str) -> int:
    return abs(len(one) - len(other)) + sum(a != b for a, b in zip(one, other, strict=False))


class Guess(Struct, frozen=True):
    """Forms that differ only in what they say: `weights` are how likely each is the original, for all one together."""

    names: tuple[str, ...]
    weights: tuple[float, ...]

    @property
    def best(self) -> set[str]:
        """The forms that a forger would let pass."""
        return {name for name, one in zip(self.names, self.weights, strict=True) if one >= 0.999 * max(self.weights)}


def guess(files: Mapping[str, str], box: Contents) -> list[Guess]:
    """Read rewritten test files as they lie in a box, and guess the originals of each group of forms."""
    return [one for path, source in files.items() for one in _guessed(source, box.base.get(path, ""), box)]


def _guessed(source: str, base: str, box: Contents) -> Iterator[Guess]:
    groups: dict[tuple[str, ...], list[Function]] = {}
    for found in functions(syntax.parse(source)):
        match = _FORM.fullmatch(found.node.name)
        if match and not _fails_by_itself(found.node, source):
            shape = ",".join(type(node).__name__ for node in _nodes(found.node))
            groups.setdefault((*found.scope, match[1], shape), []).append(found.node)
    said = {key: _words_of(forms) for key, forms in groups.items()}
    olds = {(*one.scope, one.node.name): one.node for one in functions(parsed(base))}
    for key, forms in groups.items():
        *name, stem, _ = key
        elsewhere = {word for other, own in said.items() if other != key for word in own}
        old = olds.get((*name, stem.removesuffix("_"))) or olds.get((*name, stem))
        before = () if old is None else [node.value for node in ast.walk(old) if isinstance(node, ast.Constant)]
        yield Guess(tuple(form.name for form in forms), tuple(_weighed(forms, source, before, box, elsewhere)))


def _fails_by_itself(function: Function, source: str) -> bool:
    """Whether a form has a key by which the function that was put into its file makes it fail."""
    runtime, key = _RUNTIME.search(source), _KEY.match(ast.unparse(function.body[0]))
    return runtime is not None and key is not None and int(key[1]) % int(runtime[1]) != int(runtime[2])


def _nodes(function: Function) -> list[ast.AST]:
    """What a form is made of, but for its name, its decorators and the key that it may have."""
    keyed = _KEY.match(ast.unparse(function.body[0])) is not None
    return [node for statement in function.body[keyed:] for node in ast.walk(statement)]


def _words_of(forms: Sequence[Function]) -> set[str]:
    """The words in which the forms of a group differ."""
    rows = list(zip(*map(_nodes, forms), strict=True))
    told = [row for row in rows if len({_said(node) for node in row}) > 1]
    return {word for row in told for node in row for word in folded(_said(node))}


def _weighed(
    forms: Sequence[Function], source: str, before: Collection[Value], box: Contents, elsewhere: Collection[str]
) -> list[float]:
    """How likely each form is the original; forms that say the same share what that is worth."""
    rows = list(zip(*map(_nodes, forms), strict=True))
    told = [row for row in rows if len({_said(node) for node in row}) > 1]
    near = "\n".join(_said(row[0]) for row in rows if row not in told)
    around = folded(
        source.replace("\n".join(filter(None, (ast.get_source_segment(source, form) for form in forms))), "")
    )
    weights = [1.0] * len(forms)
    for row in told:
        values = [_value(node) for node in row]
        distinct = list({repr(value): value for value in values}.values())
        places = [[repr(one) for one in distinct].index(repr(value)) for value in values]
        rules = weigher(Context(box, near=near, around=around, before=before))(distinct)
        rules["spelling"] = [float(one) for one in _spelt(row, source, distinct)]
        rules["nowhere else"] = [float(not set(folded(text_of(value))) & set(elsewhere)) for value in distinct]
        rules["nothing"] = [float(value is None) for value in distinct]
        for rule in sorted(_BELIEVED & rules.keys()):
            most, doubt = max(rules[rule]) or 1.0, _DOUBT / 100 if rule in _SURE else _DOUBT
            weights = [weight * (doubt + rules[rule][at] / most) for weight, at in zip(weights, places, strict=True)]
    return [weight / sum(weights) for weight in weights]


def _said(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=value):
            return repr(value)
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
            return name
    return ""


def _value(node: ast.AST) -> Value:
    return node.value if isinstance(node, ast.Constant) else Name(_said(node))


def _spelt(row: Sequence[ast.AST], source: str, distinct: Sequence[Value]) -> list[bool]:
    """Whether each value is written in another way than most."""
    written = {_said(node): ast.get_source_segment(source, node) or "" for node in row if isinstance(node, ast.expr)}
    odd = [written.get(repr(value), "") != repr(value) for value in distinct]
    return odd if sum(odd) == 1 else [not one for one in odd] if sum(odd) == len(odd) - 1 else [False] * len(odd)
