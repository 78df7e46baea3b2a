"""Whether two functions answer alike: the same inputs for both, made from those of the tests.

Inputs stay within what the tests show of each argument (signs and sizes of numbers, letters and lengths of texts, types
and lengths of lists), so that most are such as the function is for. Where the reference raises, or answers with what is
no plain data, an input says nothing.
"""

from __future__ import annotations

import ast
import random
import re
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from boxscore import syntax
from boxscore.protocols.contract import Likeness
from boxscore.protocols.function.task import FunctionTask, Inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


_LISTS = (list, tuple, set, frozenset)
_ABOVE = 2  # so much above the largest whole number: tests of 1, 2 and 3 leave nothing between them
_SMALL = 16  # so much above the smallest number
_MOST_LONG = 50  # items or letters that are looked at, and up to which values are made longer


class Shape:
    """The values seen in one place: numbers between bounds, letters, lengths, and the shape of what is inside."""

    def __init__(self) -> None:
        self._numbers: list[float] = []
        self._letters: set[str] = set()
        self._lengths: list[int] = []
        self._inner: Shape | None = None
        self._values: dict[object, Shape] = {}

    def learn(self, value: object) -> None:
        """Look at a value."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            self._numbers.append(value)
        elif isinstance(value, str):
            self._lengths.append(len(value))
            self._letters |= set(value[:_MOST_LONG])
        elif isinstance(value, _LISTS):
            self._lengths.append(len(value))
            for one in list(value)[:_MOST_LONG]:
                self._inside().learn(one)
        elif isinstance(value, dict):
            for key, one in list(value.items())[:_MOST_LONG]:
                self._values.setdefault(type(key), Shape()).learn(one)

    def varied(self, value: Any, rng: random.Random) -> Any:
        """A value that is a little different, within what was seen; the same where nothing else is known."""
        match value:
            case bool():
                return not value if rng.random() < 0.5 else value  # noqa: PLR2004 - an even chance
            case int():
                changed: Any = self._number(value, rng)
            case float():
                low, high = self._bounds(value)
                changed = min(high, max(low, round(value + rng.uniform(-1, 1) * (1 + abs(value) / 2), 2)))
            case str():
                changed = "".join(self._items(list(value), rng, lambda _: rng.choice(sorted(self._letters) or ["a"])))
            case list() | tuple() | set() | frozenset():
                items = list(value) if isinstance(value, (list, tuple)) else sorted(value, key=repr)
                changed = type(value)(self._items(items, rng, lambda one: self._inside().varied(one, rng)))
            case dict():
                shapes = self._values
                changed = {k: shapes[type(k)].varied(v, rng) if type(k) in shapes else v for k, v in value.items()}
            case _:
                changed = value
        return changed

    def _inside(self) -> Shape:
        if self._inner is None:
            self._inner = Shape()
        return self._inner

    def _bounds(self, value: float) -> tuple[float, float]:
        low, high = min(self._numbers, default=value), max(self._numbers, default=value)
        return (low, high) if low < high else (low - (low > 1), high + 1)

    def _number(self, value: int, rng: random.Random) -> int:
        """A number near this one, a small one or any; small ones are where most mistakes show."""
        low, high = (int(one) for one in self._bounds(value))
        high += _ABOVE
        near = min(high, max(low, value + rng.choice((-2, -1, 1, 2))))
        return rng.choice((near, rng.randint(low, min(high, low + _SMALL)), rng.randint(low, high)))

    def _items(self, items: list[Any], rng: random.Random, other: Callable[[Any], Any]) -> list[Any]:
        """Items with one or two changes: one more, one less, another one, two in other places."""
        shortest, longest = min(self._lengths, default=0), max(self._lengths, default=len(items))
        longest = max(longest, shortest + 1)
        for _ in range(rng.randint(1, 2)):
            place = rng.randrange(len(items)) if items else 0
            match rng.choice(("more", "less", "other", "again", "swap")):
                case "more" if len(items) < min(longest, _MOST_LONG):
                    items.insert(place, other(items[place] if items else ""))
                case "again" if items and len(items) < min(longest, _MOST_LONG):
                    items.insert(place, rng.choice(items))
                case "less" if len(items) > shortest:
                    del items[place]
                case "other" if items:
                    items[place] = other(items[place])
                case "swap" if items:
                    elsewhere = rng.randrange(len(items))
                    items[place], items[elsewhere] = items[elsewhere], items[place]
                case _:
                    pass
        return items


_NOT_PLAIN = (*syntax.NOT_PYTHON, TypeError)
_ANSWER = "_boxscore_answer"
_REFERENCE_S, _CANDIDATE_S = 0.25, 1.0  # of one call: whoever takes far longer than the reference differs from it
_TRIES = 20  # for each input that is wanted: most tries of few tests give what was there already
_SHOWN = 300  # characters of an input
_TOTAL_CPU_S = 10.0
_INDEX = re.compile(r"input (\d+):")
_CHECKER = """
def _close(one, other):
    if type(one) is float and type(other) is float:
        return one == other or abs(one - other) <= 1e-9 * max(abs(one), abs(other)) or one != one and other != other
    if type(one) is type(other) and type(one) in (list, tuple):
        return len(one) == len(other) and all(map(_close, one, other))
    return one == other


def accept(index, arguments, answer, expected):
    wanted = expected[index]
    return not wanted or wanted[0] != "answer" or _close(answer, wanted)
"""
_BEHIND = """

def {answer}(*arguments):
    import signal

    def late(*_):
        raise TimeoutError

    def plain(value):
        if type(value) in (list, tuple, set, frozenset):
            return all(map(plain, value))
        if type(value) is dict:
            return all(map(plain, value)) and all(map(plain, value.values()))
        return value is None or type(value) in (bool, int, float, complex, str, bytes)

    signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, {seconds})
    try:
        value = {entry_point}(*arguments)
        return ("answer", value) if plain(value) else ("other", type(value).__name__)
    except Exception as error:
        return ("raised", type(error).__name__)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
"""


def likeness(task: FunctionTask, *, most: int, seed: int) -> Likeness | None:
    """Up to `most` inputs on which to compare programs with the reference; None without one, or without any input."""
    if task.reference is None or not _is_function(task.reference, task.entry_point):
        return None
    shown = list(_tested(task))
    made = list(_more(shown, most, random.Random(f"{seed} {task.entry_point}")))  # noqa: S311 - nothing hangs on it
    if not made:
        return None
    inputs = Inputs(arguments=tuple(made), checker=_CHECKER, min_cpu_s=_CANDIDATE_S, total_cpu_s=_TOTAL_CPU_S)
    names = {"answer": _ANSWER, "entry_point": task.entry_point}
    compared = replace(
        task,
        entry_point=_ANSWER,
        names=(_ANSWER,),
        helpers="",
        tests=None,
        inputs=inputs,
        reference=task.reference + _BEHIND.format(**names, seconds=_REFERENCE_S),
        beside="",
    )
    return Likeness(
        task=compared,
        behind=_BEHIND.format(**names, seconds=_CANDIDATE_S),
        inputs=tuple(_shown(task.entry_point, one) for one in made),
        differing=differing,
    )


def differing(reason: str) -> int | None:
    """The number of the input that a reason names first, for people to look at; None where it names none."""
    found = _INDEX.match(reason)
    return None if found is None else int(found[1])


def _is_function(source: str, name: str) -> bool:
    try:
        body = syntax.parse(source).body
    except syntax.NOT_PYTHON:
        return False
    return any(isinstance(one, ast.FunctionDef) and one.name == name for one in body)


def _tested(task: FunctionTask) -> Iterator[tuple[Any, ...]]:
    """The arguments with which tests call the function, where these are written out."""
    if task.inputs is not None:
        yield from task.inputs.arguments
        return
    try:
        tree = syntax.parse(task.tests or "")
    except syntax.NOT_PYTHON:
        return
    names = {task.entry_point, *_parameters(tree, task.entry_point)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            try:
                yield tuple(ast.literal_eval(one) for one in node.args) if not node.keywords else ()
            except _NOT_PLAIN:
                continue


def _parameters(tree: ast.Module, name: str) -> Iterator[str]:
    """What tests call a function that is handed to them, as in `check(name)`."""
    functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in functions:
            for parameter, given in zip(functions[node.func.id].args.args, node.args, strict=False):
                if isinstance(given, ast.Name) and given.id == name:
                    yield parameter.arg


def _more(shown: Sequence[tuple[Any, ...]], most: int, rng: random.Random) -> Iterator[tuple[Any, ...]]:
    """Inputs that are none of those that were shown, each once."""
    several = [one for one in shown if one]
    if not several:
        return
    shapes: dict[int, list[Shape]] = {}
    for arguments in several:
        known = shapes.setdefault(len(arguments), [Shape() for _ in arguments])
        for shape, value in zip(known, arguments, strict=True):
            shape.learn(value)
    seen, made = {repr(one) for one in several}, 0
    for _ in range(_TRIES * most):
        if made >= most:
            return
        base = list(rng.choice(several))
        other = rng.choice([one for one in several if len(one) == len(base)])
        for place in rng.sample(range(len(base)), rng.randint(1, len(base))):
            value = other[place] if rng.random() < 0.25 else base[place]  # noqa: PLR2004 - one in four
            base[place] = shapes[len(base)][place].varied(value, rng)
        if repr(base := tuple(base)) not in seen:  # type: ignore[assignment]
            seen.add(repr(base))
            made += 1
            yield base  # type: ignore[misc]


def _shown(name: str, arguments: tuple[Any, ...]) -> str:
    text = f"{name}({', '.join(map(repr, arguments))})"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
