"""Tests of a function that are given as values: each a list of arguments, and what must be returned for them.

Values are read within bounds: what callers send may be anything, and each message names the place. They become source
that runs on the grader's side, beside proxies of the candidate's names. One of these may be the name of a built-in
function, so what judges is made before them, in a scope of its own. The values are in it as marshalled bytes, which
take less time and memory to load than a literal of the same size, and each is loaded when its test is reached.
"""

from __future__ import annotations

import json
import keyword
import marshal
import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boxscore.checks import shown
from boxscore.errors import UsageError
from boxscore.harness import FunctionTask
from boxscore.protocols.program.task import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from boxscore.protocols.program.task import Comparison
    from boxscore.records import Limits

MAX_TESTS = 10_000
MAX_BYTES = 64 << 20
MAX_DEPTH = 100
MAX_DIGITS = 4_300  # of a whole number; as Python's own default for reading one
FORMAT = 2  # of marshal: the one that has no references
METHOD_CLASS = "Solution"  # what contests have a method in

TESTS = """\
_CASES = (
{cases})
_judge(_CASES, {finders})
"""
JUDGE = """\
def _judge():
    import marshal, math
    from builtins import AssertionError, AttributeError, NameError
    from builtins import all, any, dict, enumerate, float, int, isinstance, len, list, map, tuple

    def judge(cases, *finders):
        function = find(*finders)
        for number, case in enumerate(cases):
            arguments, expected = marshal.loads(case)
            answer = function(*arguments)
            if not accept(answer, expected):
                raise AssertionError(f"test {number}: not the expected answer")

    def find(first, *others):
        try:
            return first()
        except (NameError, AttributeError):
            if not others:
                raise
        return find(*others)

    def listed(value):
        if isinstance(value, (list, tuple)):
            return [listed(one) for one in value]
        if isinstance(value, dict):
            return {key: listed(one) for key, one in value.items()}
        return value

"""
EXACT = """\
    def accept(answer, expected):
        if isinstance(answer, tuple):
            answer = list(answer)
        return any(answer == one for one in expected)
"""
EQUAL = """\
    def accept(answer, expected):
        if any(answer == one for one in expected):
            return True
        answer = listed(answer)
        return any(answer == listed(one) for one in expected)
"""
NUMBERS = """\
    def near(answer, expected):
        if isinstance(answer, (int, float)) and isinstance(expected, (int, float)):
            return answer == expected or math.isclose(answer, expected, rel_tol=rel_tol, abs_tol=abs_tol)
        if isinstance(answer, list) and isinstance(expected, list):
            return len(answer) == len(expected) and all(map(near, answer, expected))
        if isinstance(answer, dict) and isinstance(expected, dict):
            return answer.keys() == expected.keys() and all(near(answer[key], expected[key]) for key in expected)
        return answer == expected

    def accept(answer, expected):
        answer = listed(answer)
        return any(near(answer, listed(one)) for one in expected)
"""
END = "\n    return judge\n\n\n_judge = _judge()\n"


def function_task(  # noqa: PLR0913 - the parts of the tests, and what holds for them
    name: str,
    inputs: object,
    outputs: object,
    *,
    comparison: Comparison | None,
    limits: Limits,
    helpers: str,
) -> FunctionTask:
    """Make a task of a function or method `name` and its tests. Raises UsageError."""
    owner, name = _split(name)
    cases = "".join(f"    {case!r},\n" for case in _cases(inputs, outputs, comparison))
    names = tuple(dict.fromkeys((name, METHOD_CLASS))) if owner is None else (owner,)
    return FunctionTask(
        entry_point=names[0],
        names=names,
        helpers=f"{helpers}\n{JUDGE}{_accept(comparison)}{END}",
        tests=TESTS.format(cases=cases, finders=_finders(owner, name)),
        limits=limits,
        contest=True,
    )


def _split(name: str) -> tuple[str | None, str]:
    owner, dot, method = unicodedata.normalize("NFKC", name).rpartition(".")  # as Python reads names of a source
    for one in (owner, method) if dot else (method,):
        if not one.isidentifier() or keyword.iskeyword(one) or one.startswith("_"):
            raise UsageError(f"fn_name must be the name of a function, or of a class and a method, not {shown(name)}")
    return (owner if dot else None), method


def _finders(owner: str | None, name: str) -> str:
    """Expressions that look the function up: with no class named, as a method of the one that contests have."""
    method = f"lambda: {owner or METHOD_CLASS}().{name}"
    if owner is not None:
        return method
    return f"lambda: {name}" if name == METHOD_CLASS else f"{method}, lambda: {name}"


def _accept(comparison: Comparison | None) -> str:
    if comparison is None:
        return EQUAL
    if comparison.rule is Rule.EXACT:
        return EXACT
    if comparison.rule is Rule.NUMBERS:
        if not (0 <= comparison.rel_tol < math.inf and 0 <= comparison.abs_tol < math.inf):
            raise UsageError("comparison: rel_tol and abs_tol must be 0 or more, and finite")
        return f"    rel_tol, abs_tol = {comparison.rel_tol!r}, {comparison.abs_tol!r}\n\n{NUMBERS}"
    raise UsageError(
        f"comparison: values of a function are compared by the rules exact or numbers, not {comparison.rule}; asserts "
        "can compare in any way"
    )


def _cases(inputs: object, outputs: object, comparison: Comparison | None) -> list[bytes]:
    given, wanted = texts("inputs", inputs), texts("outputs", outputs)
    if len(given) != len(wanted):
        raise UsageError(f"inputs has {len(given):,} tests and outputs {len(wanted):,}")
    budget = SizeBudget()
    strict = comparison is not None and comparison.rule is Rule.EXACT
    as_text = all(isinstance(one, str) for one in given)
    wrapped = not as_text and not strict and all(isinstance(one, list | tuple) and len(one) == 1 for one in wanted)
    cases: list[bytes] = []
    for number, (one, other) in enumerate(zip(given, wanted, strict=True)):
        arguments = _arguments(f"inputs[{number}]", one, budget, undo=not strict)
        accepted = _accepted(f"outputs[{number}]", other, budget, as_text=as_text, wrapped=wrapped, strict=strict)
        cases.append(marshal.dumps((arguments, accepted), FORMAT))
    return cases


def _arguments(place: str, given: object, budget: SizeBudget, *, undo: bool) -> tuple[Any, ...]:
    """The arguments of one call: a list of them, or text with a JSON value in each line.

    A single dict whose keys are digits is given whole numbers as keys, as APPS does, for JSON knows no others.
    """
    if isinstance(given, str):
        lines = text(place, given, budget).split("\n") if given.strip() else []
        return tuple(
            plain(f"{place}, line {at + 1}", from_json(f"{place}, line {at + 1}", line), budget)
            for at, line in enumerate(lines)
        )
    if not isinstance(given, list | tuple):
        raise UsageError(f"{place} must be a list of arguments, or text with a JSON value in each line: {shown(given)}")
    arguments = tuple(plain(place, one, budget) for one in given)
    return tuple(map(_with_numbers, arguments)) if undo and len(arguments) == 1 else arguments


def _accepted(  # noqa: PLR0913 - how the tests as a whole are given
    place: str, given: object, budget: SizeBudget, *, as_text: bool, wrapped: bool, strict: bool
) -> tuple[Any, ...]:
    """What may be returned: one value; more where the field's own data leave open which is meant."""
    found = []
    if not (isinstance(given, str) and as_text):
        found.append(plain(place, given, budget))
    if isinstance(given, str):
        try:
            found.append(plain(place, from_json(place, given), budget))
        except UsageError:
            if as_text:
                raise
    if wrapped:
        found += [one[0] for one in found if isinstance(one, list | tuple)]
    if not strict:
        found += [_with_numbers(one) for one in found if isinstance(one, dict)]
    if any(map(has_nan, found)):
        raise UsageError(f"{place} holds NaN, which no answer can equal")
    return tuple(found)


def _with_numbers(value: object) -> object:
    if isinstance(value, dict) and value and all(isinstance(key, str) for key in value):
        try:
            return {int(key): one for key, one in value.items()}
        except ValueError:
            return value
    return value


class SizeBudget:
    """Counts what the tests of one task take together."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._left = self._most = most

    def spend(self, place: str, size: int) -> None:
        """Count so many bytes. Raises UsageError when they are too many in all."""
        self._left -= size
        if self._left < 0:
            raise UsageError(f"{place}: the tests are more than {self._most:,} bytes together")


def text(place: str, value: object, budget: SizeBudget) -> str:
    """A text that can be written to a file or a pipe. Raises UsageError."""
    if not isinstance(value, str):
        raise UsageError(f"{place} must be text, not {shown(value)}")
    try:
        budget.spend(place, len(value.encode()))
    except UnicodeEncodeError:
        raise UsageError(f"{place} holds half of a surrogate pair, which is not text") from None
    return value


def texts(place: str, value: object) -> Sequence[object]:
    """A list of at least one thing, and of no more than a task may have. Raises UsageError."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise UsageError(f"{place} must be a list, not {shown(value)}")
    if not 0 < len(value) <= MAX_TESTS:
        raise UsageError(f"{place} must hold 1 to {MAX_TESTS:,} tests, not {len(value):,}")
    return value


def from_json(place: str, source: str) -> Any:
    """Decode JSON, with Python's NaN and Infinity. Raises UsageError."""
    try:
        return json.loads(source)
    except RecursionError:
        raise UsageError(f"{place} is nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:  # also a number of too many digits
        raise UsageError(f"{place} is not JSON: {error}: {shown(source)}") from None


def plain(place: str, value: Any, budget: SizeBudget, depth: int = 0) -> Any:
    """The same value, made of Python's own plain types alone. Raises UsageError for any other, and over a bound."""
    budget.spend(place, 8)
    if depth > MAX_DEPTH:
        raise UsageError(f"{place} is nested more than {MAX_DEPTH} deep")
    for kind, convert in _SCALARS:
        if isinstance(value, kind):
            return convert(place, value, budget)
    for container, make in _CONTAINERS:
        if isinstance(value, container):
            return make([plain(place, one, budget, depth + 1) for one in value])
    if isinstance(value, Mapping):
        pairs: list[Any] = [plain(place, pair, budget, depth + 1) for pair in value.items()]
        return dict(pairs)
    raise UsageError(f"{place} holds {shown(value)}, which is not plain data")


def has_nan(value: object) -> bool:
    """Say whether a number in a plain value equals nothing, itself included."""
    if isinstance(value, dict):
        return any(map(has_nan, value)) or any(map(has_nan, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(has_nan, value))
    return isinstance(value, float) and math.isnan(value)


def _whole(place: str, value: Any, budget: SizeBudget) -> object:
    number = int(value)
    if number.bit_length() > MAX_DIGITS * math.log2(10):
        raise UsageError(f"{place} holds a number of more than {MAX_DIGITS:,} digits")
    budget.spend(place, number.bit_length() // 8)
    return number


def _characters(place: str, value: Any, budget: SizeBudget) -> object:
    budget.spend(place, len(value))
    return str(value)


def _bytes(place: str, value: Any, budget: SizeBudget) -> object:
    budget.spend(place, len(value))
    return bytes(value)


_SCALARS: tuple[tuple[type, Callable[[str, Any, SizeBudget], object]], ...] = (
    (type(None), lambda *_: None),
    (bool, lambda _, value, __: bool(value)),
    (int, _whole),
    (float, lambda _, value, __: float(value)),
    (complex, lambda _, value, __: complex(value)),
    (str, _characters),
    (bytes, _bytes),
)
_CONTAINERS: tuple[tuple[type[Iterable[Any]], Callable[[list[Any]], Any]], ...] = (
    (list, list),
    (tuple, tuple),
    (set, set),
    (frozenset, frozenset),
)
