"""What the result of files over a skeleton says beyond its outcome, and how that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.shows import Case, Cases, Drawing, Summary, failed_test, passed_tests
from boxscore.records import CompileError, Detail, Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class ProjectDetail(Detail, Struct, frozen=True, kw_only=True, tag_field="kind", tag="project"):
    """What the result of a set of files over a skeleton says beyond its outcome.

    `replaced` are the files that the sample gave, `incomplete` those that it left undone. `compiled` is None where
    nothing was compiled. `errors` are the compiler's. `tests` maps each required test to its status, `MISSING` where
    none was reported; `invocations` has, of tests that were run with several parameters, how many of these passed, and
    how many there were.
    """

    replaced: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()
    compiled: bool | None = None
    errors: tuple[CompileError, ...] = ()
    tests: dict[str, str] = {}
    invocations: dict[str, tuple[int, int]] = {}
    compile_s: float | None = None
    test_s: float | None = None
    evidence: Evidence = Evidence()


def summary(detail: ProjectDetail) -> Summary:
    """The first test that failed, or the compiler with its errors; no tests where none was run."""
    errors = [f"{one.path or 'javac'}:{one.line}: error: {one.message}" for one in detail.errors]
    return Summary(
        decided="the compiler" if detail.compiled is False else failed_test(detail.tests),
        tests=detail.tests if detail.compiled else {},
        passed=passed_tests(detail.tests),
        printed="\n".join(errors) if errors else None,
    )


def drawing(detail: ProjectDetail) -> Drawing:
    """The errors of the compiler, and the tests."""
    return Drawing(sections=(*error_cases(detail.errors), *test_cases(detail.tests, decides=True)))


def error_cases(errors: Sequence[CompileError]) -> Iterator[Cases]:
    """A compiler's errors, each at its place."""
    cases = [
        Case(test=f"{one.path}:{one.line}" if one.path else "the compiler", outcome="error", reason=one.message)
        for one in errors
    ]
    if cases:
        yield Cases(title="Errors of the compiler", cases=tuple(cases))


def test_cases(tests: Mapping[str, str], *, decides: bool) -> Iterator[Cases]:
    """Tests, those that failed first."""
    first = failed_test(tests)
    order = sorted(tests, key=lambda test: tests[test] == "PASSED")
    cases = [Case(test=test, outcome=tests[test].lower(), decided=decides and test == first) for test in order]
    if cases:
        yield Cases(title="Tests", cases=tuple(cases))
