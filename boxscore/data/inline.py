"""Make a task of tests that somebody sends along: assert statements, a function's values, a program's in- and output.

The shapes are those of MBPP, LiveCodeBench, APPS, TACO, verl and open-r1; `docs/inline-tests.md` shows each of them.
Expected values are in the task alone, which reaches nobody but the grader.
"""

from __future__ import annotations

import ast
import builtins
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from boxscore import syntax
from boxscore.checks import check_text, shown
from boxscore.data import inline_values as values
from boxscore.data.inline_source import (
    acts_on_process,
    calls_of_test_functions,
    deciding_names,
    sort_names,
    without_solution,
)
from boxscore.errors import UsageError
from boxscore.harness import FunctionTask
from boxscore.protocols.function.source import bound_names, defined_names, free_names
from boxscore.protocols.program.languages import LANGUAGES
from boxscore.protocols.program.task import Case, Comparison, ProgramTask
from boxscore.records import Limits

if TYPE_CHECKING:
    from boxscore.protocols.contract import Task

KEYS = frozenset({"inputs", "outputs", "fn_name", "assert_case"})
PAIR_KEYS = frozenset({"input", "output", "fn_name", "type", "testtype"})
STDIN_TYPES, CALL_TYPES = (None, "stdin_stdout", "stdin"), ("functional", "function_call")


def inline_task(  # noqa: PLR0913 - all but the tests have defaults
    tests: object,
    *,
    entry_point: str | None = None,
    language: str = "python",
    comparison: Comparison | None = None,
    limits: Limits | None = None,
    helpers: str = "",
) -> Task:
    """Make a `FunctionTask` or a `ProgramTask` of tests in one of the shapes of the field.

    Args:
        tests: Assert statements, as text or a list of texts; or a mapping with `inputs` and `outputs`, and `fn_name` of
            a function; or a list of (stdin, stdout) pairs, or of mappings with `input` and `output`; or a mapping with
            `assert_case`; or any of these as JSON text.
        entry_point: The function that is tested. By default `fn_name`, or the first name that asserts take from
            elsewhere. Tests without `fn_name` are calls of it, instead of in- and output.
        language: What the program is written in; functions are Python.
        comparison: How answers are compared. By default output but for white space at line ends, and values with `==`,
            tuples as lists.
        limits: What one sample may use, of a program what each test of it may.
        helpers: Source that runs before asserts, in their namespace.

    Raises:
        UsageError: The tests are in none of the shapes, or over a bound; the message names the place.
    """
    for field, value in (("language", language), ("helpers", helpers)):
        check_text("tests", field, value)
    if limits is not None and not isinstance(limits, Limits):
        raise UsageError(f"limits must be boxscore.Limits, not {shown(limits)}")
    if comparison is not None and not isinstance(comparison, Comparison):
        raise UsageError(f"comparison must be a boxscore.Comparison, not {shown(comparison)}")
    maker = _Maker(entry_point, language, comparison, limits or Limits(), helpers)
    if isinstance(tests, str):
        decoded = _decoded(tests)
        return maker.asserts([tests]) if decoded is None else maker.task(decoded)
    return maker.task(tests)


class _Maker:
    """What was asked for, beside the tests."""

    def __init__(
        self, entry_point: str | None, language: str, comparison: Comparison | None, limits: Limits, helpers: str
    ) -> None:
        name = entry_point and unicodedata.normalize("NFKC", entry_point)  # as Python reads names of a source
        self.tested, self.entry_point = name, name and _root(name)
        self.language, self.comparison = language, comparison
        self.limits, self.helpers = limits, helpers

    def task(self, tests: object) -> Task:
        if isinstance(tests, Mapping):
            return self.mapping(tests)
        if not isinstance(tests, Sequence) or isinstance(tests, bytes):
            raise UsageError(f"tests must be text, a list or a mapping, not {shown(tests)}")
        several = values.texts("tests", tests)
        if all(isinstance(one, str) for one in several):
            return self.asserts(several)
        return self.pairs(several)

    def mapping(self, tests: Mapping[object, object]) -> Task:
        unknown = [one for one in tests if one not in KEYS]
        if unknown:
            raise UsageError(f"tests: unknown field {shown(unknown[0])}; there are {', '.join(sorted(KEYS))}")
        asserts = tests.get("assert_case")
        if asserts is not None and asserts != []:
            written = [one for one in values.texts("assert_case", asserts) if one != ""]
            if written:
                return self.asserts(written, "assert_case")
        for name in ("inputs", "outputs"):
            if name not in tests:
                raise UsageError(f"tests: field {name!r} is missing")
        called: object = tests.get("fn_name") or self.tested
        if called is not None:
            return self.function(called, tests["inputs"], tests["outputs"])
        inputs, outputs = values.texts("inputs", tests["inputs"]), values.texts("outputs", tests["outputs"])
        if len(inputs) != len(outputs):
            raise UsageError(f"inputs has {len(inputs):,} tests and outputs {len(outputs):,}")
        return self.program(inputs, outputs, ("inputs[{}]", "outputs[{}]"))

    def pairs(self, tests: Sequence[object]) -> Task:
        inputs, outputs, kinds, names = [], [], set[object](), set[object]()
        for number, test in enumerate(tests):
            if isinstance(test, Mapping):
                unknown = [one for one in test if one not in PAIR_KEYS]
                if unknown or not {"input", "output"} <= test.keys():
                    raise UsageError(
                        f"tests[{number}] must have the fields input and output"
                        + (f", and has {shown(unknown[0])}" if unknown else "")
                    )
                pair = (test["input"], test["output"])
                kinds.add(_word(f"tests[{number}], type", test.get("type", test.get("testtype"))))
                names.add(_word(f"tests[{number}], fn_name", test.get("fn_name")) or None)
            elif isinstance(test, Sequence) and not isinstance(test, str | bytes) and len(test) == 2:  # noqa: PLR2004 - a pair
                pair = (test[0], test[1])
                kinds.add(None)
            else:
                raise UsageError(f"tests[{number}] must be a pair of stdin and stdout, not {shown(test)}")
            inputs.append(pair[0])
            outputs.append(pair[1])
        name = self._called(kinds, names - {None})
        if name is not None:
            return self.function(name, inputs, outputs)
        return self.program(inputs, outputs, ("tests[{}], input", "tests[{}], output"))

    def _called(self, kinds: set[object], names: set[object]) -> object:
        """The function that pairs are calls of; None where they are in- and output."""
        strange = [one for one in kinds if one not in (*STDIN_TYPES, *CALL_TYPES)]
        if strange or len(names) > 1:
            raise UsageError(f"tests: they must be of one kind and of one function, not {shown(strange or names)}")
        calls = [one for one in kinds if one in CALL_TYPES]
        if calls and len(kinds) > 1:
            raise UsageError("tests: some are calls of a function, others in- and output of a program")
        name = next(iter(names), None) or self.tested
        if calls and name is None:
            raise UsageError("tests: they are calls of a function, and neither fn_name nor entry_point names it")
        return name

    def function(self, name: object, inputs: object, outputs: object) -> FunctionTask:
        if not isinstance(name, str):
            raise UsageError(f"fn_name must be text, not {shown(name)}")
        self._check_python("a test with fn_name")
        return values.function_task(
            name, inputs, outputs, comparison=self.comparison, limits=self.limits, helpers=self.helpers
        )

    def asserts(self, tests: Sequence[object], field: str = "tests") -> FunctionTask:
        self._check_python("a test by assert statements")
        if self.comparison is not None:
            raise UsageError("comparison: assert statements compare by themselves")
        budget = values.SizeBudget()
        source = "\n".join(values.text(f"{field}[{number}]", one, budget) for number, one in enumerate(tests)) + "\n"
        try:
            own = defined_names(self.helpers)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UsageError(f"helpers are not Python: {_described(error)}") from None
        try:
            source, imported = without_solution(source)
            found = sort_names(source, self.entry_point or next(iter(imported), None), own, imported)
            source += _call_of_check(source, self.tested)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise UsageError(f"{field} are neither JSON nor Python: {_described(error)}") from None
        source += calls_of_test_functions(source)
        if not found.program:
            raise UsageError(f"{field} use nothing that a program could define; name it as entry_point")
        helpers = f"{self.helpers}\n{found.imports}" if found.imports else self.helpers
        builtin = [name for name in free_names(source, known=tuple(vars(builtins))) if name in vars(builtins)]
        return FunctionTask(
            entry_point=found.program[0],
            names=found.program,
            helpers=helpers,
            tests=source,
            borrowed=tuple(one for one in (*found.borrowed, *builtin) if one not in found.program),
            bound=tuple(one for one in bound_names(source) if one not in found.program),
            beside="failed" if acts_on_process(f"{helpers}\n{source}") else "unseen",
            doubt=_doubt(deciding_names(source, found.program)),
            limits=self.limits,
        )

    def program(self, inputs: Sequence[object], outputs: Sequence[object], places: tuple[str, str]) -> ProgramTask:
        if self.helpers:
            raise UsageError("helpers: a program's in- and output has none")
        budget = values.SizeBudget()
        cases = tuple(
            Case(
                stdin=_stream(places[0].format(number), one, budget),
                expected=_stream(places[1].format(number), other, budget),
            )
            for number, (one, other) in enumerate(zip(inputs, outputs, strict=True))
        )
        return ProgramTask(
            cases=cases, language=self.language, comparison=self.comparison or Comparison(), limits=self.limits
        )

    def _check_python(self, what: str) -> None:
        if self.language != "python":
            known = "" if self.language in LANGUAGES else f"; known languages are {', '.join(LANGUAGES)}"
            raise UsageError(
                f"language: {what} needs 'python', not {self.language!r}{known}; "
                "programs of others are tested by in- and output"
            )


def _decoded(tests: str) -> object:
    """Tests that were given as JSON text; None where the text is source."""
    if tests.lstrip()[:1] not in ("{", "["):
        return None
    if len(tests) > 2 * values.MAX_BYTES:
        raise UsageError(f"tests are more than {2 * values.MAX_BYTES:,} characters")
    try:
        return values.from_json("tests", tests)
    except UsageError:
        try:
            syntax.parse(tests)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
        else:
            return None
        raise


def _word(place: str, given: object) -> str | None:
    """A field that is text, or is not there."""
    if not isinstance(given, str | None):
        raise UsageError(f"{place} must be text, not {shown(given)}")
    return given


def _stream(place: str, given: object, budget: values.SizeBudget) -> str:
    """What goes into a program or comes out of it; a list of texts is its lines, as in APPS."""
    if isinstance(given, list | tuple):
        return "\n".join(values.text(place, one, budget) for one in given)
    return values.text(place, given, budget)


def _doubt(names: tuple[str, ...]) -> str:
    """Why a pass is a claim where tests use more of the program than what they test."""
    return f"the tests also use its {', '.join(names)}, which may decide what is right" if names else ""


def _root(tested: str) -> str:
    """The program's name in what is tested: `Solution` in `Solution().twoSum`, as data sets of LeetCode have it."""
    try:
        names = [one for one in ast.walk(syntax.parse(tested)) if isinstance(one, ast.Name)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tested
    return names[0].id if len(names) == 1 else tested


def _call_of_check(source: str, tested: str | None) -> str:
    """A call of `check(candidate)` for tests that define it, as those of HumanEval, and do not call it themselves."""
    if tested is None or "check" not in defined_names(source):
        return ""
    used = [one for one in ast.walk(syntax.parse(source)) if isinstance(one, ast.Name) and one.id == "check"]
    return "" if used else f"\ncheck({tested})\n"


def _described(error: BaseException) -> str:
    where = f", line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    return f"{getattr(error, 'msg', '') or str(error) or type(error).__name__}{where}"
