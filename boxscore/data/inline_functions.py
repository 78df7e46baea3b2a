"""Tests of a function that are given as values: each a list of arguments, and what must be returned for them.

They become source that runs on the grader's side, beside proxies of the candidate's names. One of these may be the name
of a built-in function, so what judges is made before them, in a scope of its own. The values are in it as
marshalled bytes, which take less time and memory to load than a literal of the same size, and each is loaded when its
test is reached.
"""

from __future__ import annotations

import keyword
import marshal
import math
import unicodedata
from typing import TYPE_CHECKING, Any

from boxscore.checks import shown
from boxscore.data import inline_values as values
from boxscore.errors import UsageError
from boxscore.harness import FunctionTask
from boxscore.protocols.program.task import Rule

if TYPE_CHECKING:
    from boxscore.protocols.program.task import Comparison
    from boxscore.records import Limits

FORMAT = 2  # of marshal: the one that has no references
METHOD_CLASS = "Solution"  # what contests have a method in

TESTS = """\
_CASES = (
{cases})
_judge(_CASES, {finders})
"""
JUDGE = """\
def _judge():
    import json, marshal, math
    from builtins import AssertionError, AttributeError, NameError, TypeError, ValueError
    from builtins import all, any, bool, compile, dict, enumerate, exec, float, int, isinstance, len, list, map, tuple
    from builtins import type

    def judge(cases, *finders):
        function = find(*finders)
        for number, case in enumerate(cases):
            arguments, expected = marshal.loads(case)
            answer = function(*marshal.loads(case)[0])  # which may change what it is given
            if not accept(answer, expected, arguments):
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
    def accept(answer, expected, _):
        if isinstance(answer, tuple):
            answer = list(answer)
        return any(answer == one for one in expected)
"""
EQUAL = """\
    def accept(answer, expected, _):
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

    def accept(answer, expected, _):
        answer = listed(answer)
        return any(near(answer, listed(one)) for one in expected)
"""
CHECKED = """\
    from builtins import Exception, GeneratorExit, KeyboardInterrupt, MemoryError, SystemExit

    raised = Exception, SystemExit, KeyboardInterrupt, GeneratorExit
    checker = {"__name__": "checker"}
    exec(compile(source, "<checker>", "exec"), checker)

    class CheckerError(Exception):
        is_ours = True

    def asked(arguments, answer, expected):
        try:
            return checker["accept"](arguments, answer, expected)
        except MemoryError:
            raise
        except raised as error:
            reason = f"the checker raised {type(error).__name__}: {error}"
        try:
            checker["accept"](arguments, expected, expected)
        except raised:
            raise CheckerError(reason) from None
        raise AssertionError(reason)  # it is sound, and was made to raise by the answer

    def accept(answer, expected, arguments):
        bool(answer)
        try:
            text = json.dumps(answer)
        except (TypeError, ValueError):
            raise AssertionError(f"an answer that JSON has no form for: {type(answer).__name__}") from None
        return any(asked(json.dumps(arguments), text, json.dumps(one)) for one in expected)
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
    if comparison.rule is Rule.CHECKER and comparison.checker is not None:
        return f"    source = {comparison.checker!r}\n{CHECKED}"
    raise UsageError(
        f"comparison: values of a function are compared by the rules exact, numbers or checker, not {comparison.rule}"
    )


def _cases(inputs: object, outputs: object, comparison: Comparison | None) -> list[bytes]:
    given, wanted = values.texts("inputs", inputs), values.texts("outputs", outputs)
    if len(given) != len(wanted):
        raise UsageError(f"inputs has {len(given):,} tests and outputs {len(wanted):,}")
    budget = values.SizeBudget()
    strict = comparison is not None and comparison.rule is Rule.EXACT
    as_text = all(isinstance(one, str) for one in given)
    wrapped = not as_text and not strict and all(isinstance(one, list | tuple) and len(one) == 1 for one in wanted)
    cases: list[bytes] = []
    for number, (one, other) in enumerate(zip(given, wanted, strict=True)):
        arguments = _arguments(f"inputs[{number}]", one, budget, undo=not strict)
        accepted = _accepted(f"outputs[{number}]", other, budget, as_text=as_text, wrapped=wrapped, strict=strict)
        cases.append(marshal.dumps((arguments, accepted), FORMAT))
    return cases


def _arguments(place: str, given: object, budget: values.SizeBudget, *, undo: bool) -> tuple[Any, ...]:
    """The arguments of one call: a list of them, or text with a JSON value in each line.

    A single dict whose keys are digits is given whole numbers as keys, as APPS does, for JSON knows no others.
    """
    if isinstance(given, str):
        lines = values.text(place, given, budget).split("\n") if given.strip() else []
        return tuple(
            values.plain(f"{place}, line {at + 1}", values.from_json(f"{place}, line {at + 1}", line), budget)
            for at, line in enumerate(lines)
        )
    if not isinstance(given, list | tuple):
        raise UsageError(f"{place} must be a list of arguments, or text with a JSON value in each line: {shown(given)}")
    arguments = tuple(values.plain(place, one, budget) for one in given)
    return tuple(map(_with_numbers, arguments)) if undo and len(arguments) == 1 else arguments


def _accepted(  # noqa: PLR0913 - how the tests as a whole are given
    place: str, given: object, budget: values.SizeBudget, *, as_text: bool, wrapped: bool, strict: bool
) -> tuple[Any, ...]:
    """What may be returned: one value; more where the field's own data leave open which is meant."""
    found = []
    if not (isinstance(given, str) and as_text):
        found.append(values.plain(place, given, budget))
    if isinstance(given, str):
        try:
            found.append(values.plain(place, values.from_json(place, given), budget))
        except UsageError:
            if as_text:
                raise
    if wrapped:
        found += [one[0] for one in found if isinstance(one, list | tuple)]
    if not strict:
        found += [_with_numbers(one) for one in found if isinstance(one, dict)]
    if any(map(values.has_nan, found)):
        raise UsageError(f"{place} holds NaN, which no answer can equal")
    return tuple(found)


def _with_numbers(value: object) -> object:
    if isinstance(value, dict) and value and all(isinstance(key, str) for key in value):
        try:
            return {int(key): one for key, one in value.items()}
        except ValueError:
            return value
    return value
